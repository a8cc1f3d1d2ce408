// Python's view of the online schemes: checked arrays in, curves out, no logic.
#include "online_bindings.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <cstring>
#include <mutex>
#include <stdexcept>

#include "material.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

template <class Scalar, std::size_t dimensions>
using Array = nb::ndarray<Scalar, nb::ndim<dimensions>, nb::c_contig, nb::device::cpu>;
using Numbers = Array<const std::int32_t, 1>;
using Vector = Array<const double, 1>;
using Vectors = Array<const double, 2>;
using Matrices = Array<const double, 3>;
using Result = Array<double, 1>;
using Results = Array<double, 2>;

void require(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(message);
}

laminet::Rows rows(const double* matrix) {
  laminet::Rows result;
  for (int i = 0; i < 6; ++i) result.row[i] = laminet::load(matrix + 6 * i);
  return result;
}

std::vector<laminet::Rows> all_rows(const Matrices& matrices) {
  std::vector<laminet::Rows> result(matrices.shape(0));
  for (std::size_t k = 0; k < result.size(); ++k) result[k] = rows(matrices.data() + 36 * k);
  return result;
}

// LAPACK of scipy.linalg.cython_lapack: capsules whose name is the function's type, with 32-bit integers.
template <class Function>
void unwrap(Function& function, const nb::capsule& capsule) {
  const char* name = capsule.name();
  require(name != nullptr && std::strncmp(name, "void (char *, int *, ", 21) == 0, "not a LAPACK function of scipy");
  function = reinterpret_cast<Function>(capsule.data());
}

class BoundSystem {
 public:
  BoundSystem(const laminet::ActiveTree& tree, const laminet::Law& phase_1, const laminet::Law& phase_2,
              const std::string& solver, bool secant, const std::string& residual, const laminet::Settings& settings,
              const std::optional<nb::capsule>& dpotrf, const std::optional<nb::capsule>& dpotrs)
      : system(tree, phase_1, phase_2, recipe(solver, secant, residual), settings,
               lapack(solver, dpotrf, dpotrs)) {}

  void follow(Array<const bool, 1> prescribed, Vectors strain, Vectors stress, Results strain_out, Results stress_out,
              Array<std::int32_t, 1> iterations, Result residual, Array<bool, 1> converged, Results leaf_strain,
              Results law) {
    const std::size_t rows = strain.shape(0), leaves = system.leaves();
    require(prescribed.shape(0) == 6 && rows > 0, "prescribed must be (6,) and a path must have its zero state");
    for (const auto* array : {&strain, &stress}) require(array->shape(0) == rows && array->shape(1) == 6, path_shape);
    for (const auto* array : {&strain_out, &stress_out})
      require(array->shape(0) == rows && array->shape(1) == 6, path_shape);
    require(iterations.shape(0) == rows && residual.shape(0) == rows && converged.shape(0) == rows, path_shape);
    require(leaf_strain.shape(0) == leaves && leaf_strain.shape(1) == 6, "leaf_strain must be (leaves, 6)");
    require(law.shape(0) == leaves && law.shape(1) == 7, "law must be (leaves, 7)");
    const laminet::Path path{prescribed.data(), strain.data(), stress.data(), rows - 1};
    const laminet::Curve curve{strain_out.data(), stress_out.data(), iterations.data(), residual.data(),
                               converged.data()};
    bool interrupted = false;
    {
      nb::gil_scoped_release release;
      const std::lock_guard lock(busy);
      const laminet::NetworkState& state = system.follow(path, curve, [&] {
        nb::gil_scoped_acquire acquire;
        interrupted = PyErr_CheckSignals() != 0;
        return !interrupted;
      });
      for (std::size_t k = 0; k < leaves; ++k) {
        laminet::store(state.leaf_strain[k], leaf_strain.data() + 6 * k);
        laminet::store(state.law[k], law.data() + 7 * k, 7);
      }
    }
    if (interrupted) throw nb::python_error();
  }

 private:
  static constexpr const char* path_shape = "paths and curves must be (steps + 1, 6) or (steps + 1,)";

  static laminet::Recipe recipe(const std::string& solver, bool secant, const std::string& residual) {
    require(solver == "sweeps" || solver == "dense", "solver must be sweeps or dense");
    require(residual == "none" || residual == "increment" || residual == "correction",
            "residual must be none, increment or correction");
    return {solver == "dense", secant,
            residual == "none"        ? laminet::Residual::none
            : residual == "increment" ? laminet::Residual::increment
                                      : laminet::Residual::correction};
  }

  static laminet::Lapack lapack(const std::string& solver, const std::optional<nb::capsule>& dpotrf,
                                const std::optional<nb::capsule>& dpotrs) {
    laminet::Lapack functions{};
    if (solver != "dense") return functions;
    require(dpotrf && dpotrs, "the dense solver needs LAPACK");
    unwrap(functions.dpotrf, *dpotrf);
    unwrap(functions.dpotrs, *dpotrs);
    return functions;
  }

  laminet::NetworkSystem system;
  std::mutex busy;  // two threads of Python may call at once
};

class BoundMaterial {
 public:
  BoundMaterial(const laminet::ActiveTree& tree, const laminet::Law& phase_1, const laminet::Law& phase_2,
                const laminet::Settings& settings)
      : material(tree, phase_1, phase_2, settings) {}

  std::size_t state_size() const { return material.state_size(); }

  void update(Vectors strain, Vectors old_state, Results stress, Array<double, 3> tangent, Results state,
              Array<bool, 1> converged, int threads) const {
    const std::size_t points = strain.shape(0);
    require(strain.shape(1) == 6, "strain must be (points, 6)");
    require(old_state.shape(0) == points && old_state.shape(1) == state_size(), "state must be (points, state_size)");
    require(state.shape(0) == points && state.shape(1) == state_size(), "state must be (points, state_size)");
    require(stress.shape(0) == points && stress.shape(1) == 6, "stress must be (points, 6)");
    require(tangent.shape(0) == points && tangent.shape(1) == 6 && tangent.shape(2) == 6,
            "tangent must be (points, 6, 6)");
    require(converged.shape(0) == points, "converged must be (points,)");
    nb::gil_scoped_release release;
    material.update({strain.data(), old_state.data(), stress.data(), tangent.data(), state.data(), converged.data(),
                     points},
                    threads);
  }

  std::string failure(Vector strain, Vector old_state) const {
    require(strain.shape(0) == 6 && old_state.shape(0) == state_size(), "one point: strain (6,), state (state_size,)");
    return material.failure(strain.data(), old_state.data());
  }

 private:
  laminet::Material material;
};

// Blocks from the root down as arrays, and the leaves.
laminet::ActiveTree tree(Numbers parent, Numbers first, Numbers second, Vector f1, Vector f2, Vector weight,
                         Vectors normal, Matrices block_R, Numbers leaf, Numbers phase, Vector leaf_weight,
                         Matrices leaf_R) {
  const std::size_t blocks = parent.shape(0), leaves = leaf.shape(0);
  require(leaves == blocks + 1 && leaves < 1u << 24, "a tree has one leaf more than blocks");
  for (const auto* array : {&first, &second}) require(array->shape(0) == blocks, "a block has two children");
  for (const auto* array : {&f1, &f2, &weight}) require(array->shape(0) == blocks, "fractions must be (blocks,)");
  require(normal.shape(0) == blocks && normal.shape(1) == 3, "normal must be (blocks, 3)");
  require(phase.shape(0) == leaves && leaf_weight.shape(0) == leaves, "phase and leaf_weight must be (leaves,)");
  for (const auto& [array, count] : {std::pair{&block_R, blocks}, std::pair{&leaf_R, leaves}})
    require((array->shape(0) == 0 || array->shape(0) == count) && array->shape(1) == 6 && array->shape(2) == 6,
            "rotations must be (n, 6, 6), or (0, 6, 6) where there are none");
  laminet::ActiveTree result;
  result.block_R = all_rows(block_R);
  result.leaf_R = all_rows(leaf_R);
  const std::int32_t nodes = static_cast<std::int32_t>(blocks + leaves);
  for (std::size_t b = 0; b < blocks; ++b) {
    const double* n = normal.data() + 3 * b;
    for (const std::int32_t child : {first(b), second(b)})
      require(0 <= parent(b) && parent(b) < child && child < nodes, "children must have higher numbers than parents");
    result.blocks.push_back({parent(b), first(b), second(b), f1(b), f2(b), weight(b), {n[0], n[1], n[2]}});
  }
  for (std::size_t k = 0; k < leaves; ++k) {
    require(0 <= leaf(k) && leaf(k) < nodes, "a leaf is no node");
    require(phase(k) == 1 || phase(k) == 2, "a phase must be 1 or 2");
    result.leaves.push_back({leaf(k), phase(k) - 1, leaf_weight(k)});
    result.weight += leaf_weight(k);
  }
  return result;
}

laminet::Settings settings(double tolerance, bool paper_criterion, int max_iterations, int cutbacks,
                           bool uniform_guess) {
  require(max_iterations >= 1, "max_iterations must be at least 1");
  require(cutbacks >= 0 && cutbacks <= 50, "cutbacks must lie in 0 ... 50");
  return {tolerance, paper_criterion, max_iterations, cutbacks, uniform_guess};
}

laminet::Law elastic(Vectors stiffness) {
  require(stiffness.shape(0) == 6 && stiffness.shape(1) == 6, "stiffness must be (6, 6)");
  return {.stiffness = rows(stiffness.data())};
}

laminet::Law j2(Vectors stiffness, double shear, double initial, double linear, double saturation, double rate) {
  laminet::Law law = elastic(stiffness);
  law.plastic = true;
  law.shear = shear;
  law.hardening = {initial, linear, saturation, rate};
  return law;
}

}  // namespace

void bind_online(nb::module_& module) {
  nb::class_<laminet::Law>(module, "Law");
  module.def("elastic", &elastic, "stiffness"_a);
  module.def("j2", &j2, "stiffness"_a, "shear"_a, "initial"_a, "linear"_a, "saturation"_a, "rate"_a);
  nb::class_<laminet::ActiveTree>(module, "ActiveTree");
  nb::class_<laminet::Settings>(module, "OnlineSettings");
  module.def("online_settings", &settings, "tolerance"_a, "paper_criterion"_a, "max_iterations"_a, "cutbacks"_a,
             "uniform_guess"_a);
  module.def("active_tree", &tree, "parent"_a, "first"_a, "second"_a, "f1"_a, "f2"_a, "weight"_a, "normal"_a,
             "block_R"_a, "leaf"_a, "phase"_a, "leaf_weight"_a, "leaf_R"_a,
             "Blocks from the root down; rotations (0, 6, 6) where there are none.");
  nb::class_<BoundSystem>(module, "NetworkSystem")
      .def(nb::init<const laminet::ActiveTree&, const laminet::Law&, const laminet::Law&, const std::string&, bool,
                    const std::string&, const laminet::Settings&, const std::optional<nb::capsule>&, const std::optional<nb::capsule>&>(),
           "tree"_a, "phase_1"_a, "phase_2"_a, "solver"_a, "secant"_a, "residual"_a, "settings"_a,
           "dpotrf"_a = nb::none(), "dpotrs"_a = nb::none())
      .def("follow", &BoundSystem::follow, "prescribed"_a, "path_strain"_a, "path_stress"_a, "strain"_a.noconvert(),
           "stress"_a.noconvert(), "iterations"_a.noconvert(), "residual"_a.noconvert(), "converged"_a.noconvert(),
           "leaf_strain"_a.noconvert(), "law"_a.noconvert(),
           "Drives the virgin network along a load path; curve and last state are written to the arrays.");
  nb::class_<BoundMaterial>(module, "Material")
      .def(nb::init<const laminet::ActiveTree&, const laminet::Law&, const laminet::Law&, const laminet::Settings&>(),
           "tree"_a, "phase_1"_a, "phase_2"_a, "settings"_a)
      .def_prop_ro("state_size", &BoundMaterial::state_size)
      .def("update", &BoundMaterial::update, "strain"_a, "old_state"_a, "stress"_a.noconvert(),
           "tangent"_a.noconvert(), "state"_a.noconvert(), "converged"_a.noconvert(), "threads"_a,
           "Stress, tangent and new state of all points, written to the arrays.")
      .def("failure", &BoundMaterial::failure, "strain"_a, "old_state"_a, "How the update of one point fails.");
}
