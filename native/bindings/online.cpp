// Python's view of the online schemes: checked arrays in, curves out, no logic.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <mutex>

#include "bindings/modules.hpp"
#include "online/description.hpp"
#include "online/material.hpp"

namespace {

using Numbers = Array<const std::int32_t, 1>;
using Vector = Array<const double, 1>;
using Vectors = Array<const double, 2>;
using Matrices = Array<const double, 3>;
using Result = Array<double, 1>;
using Results = Array<double, 2>;

namespace layout = laminet::layout;

// One of the registry's laws, by its name and constants.
struct BoundLaw {
  BoundLaw(const std::string& name, Vector constants)
      : law(laminet::make_law(name, {constants.data(), constants.data() + constants.shape(0)})) {}

  laminet::Law law;
};

laminet::Laws laws_of(const std::vector<BoundLaw>& laws) {
  laminet::Laws result;
  for (const BoundLaw& bound : laws) result.push_back(bound.law);
  return result;
}

class BoundSystem {
 public:
  BoundSystem(const laminet::ActiveTree& tree, const std::vector<BoundLaw>& laws, const std::string& solver,
              bool secant, const std::string& residual, const laminet::Settings& settings,
              const std::optional<nb::capsule>& dpotrf, const std::optional<nb::capsule>& dpotrs)
      : system(tree, laws_of(laws), recipe(solver, secant, residual), settings, lapack(solver, dpotrf, dpotrs)) {}

  void follow(Array<const bool, 1> prescribed, Vectors strain, Vectors stress, Results strain_out, Results stress_out,
              Array<std::int32_t, 1> iterations, Result residual, Array<bool, 1> converged, Results leaf_strain,
              Results law) {
    const std::size_t rows = strain.shape(0), leaves = system.leaves();
    require(prescribed.shape(0) == 6 && rows > 0, "prescribed must be (6,) and a path must have its zero state");
    for (const auto* array : {&strain, &stress}) require(shaped(*array, {rows, 6}), path_shape);
    for (const auto* array : {&strain_out, &stress_out}) require(shaped(*array, {rows, 6}), path_shape);
    require(iterations.shape(0) == rows && residual.shape(0) == rows && converged.shape(0) == rows, path_shape);
    require(shaped(leaf_strain, {leaves, layout::strain}), "leaf_strain must be (leaves, 6)");
    require(shaped(law, {leaves, layout::law}), "law must be (leaves, numbers of a law's state)");
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
        laminet::store(state.leaf_strain[k], leaf_strain.data() + layout::strain * k);
        laminet::store(state.law[k], law.data() + layout::law * k, layout::law);
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
  BoundMaterial(const laminet::ActiveTree& tree, const std::vector<BoundLaw>& laws, const laminet::Settings& settings)
      : material(tree, laws_of(laws), settings) {}

  std::size_t state_size() const { return material.state_size(); }

  void update(Vectors strain, Vectors old_state, Results stress, Array<double, 3> tangent, Results state,
              Array<bool, 1> converged, int threads) const {
    const std::size_t points = strain.shape(0);
    require(shaped(strain, {points, 6}), "strain must be (points, 6)");
    require(shaped(old_state, {points, state_size()}), "state must be (points, state_size)");
    require(shaped(state, {points, state_size()}), "state must be (points, state_size)");
    require(shaped(stress, {points, 6}), "stress must be (points, 6)");
    require(shaped(tangent, {points, 6, 6}), "tangent must be (points, 6, 6)");
    require(shaped(converged, {points}), "converged must be (points,)");
    nb::gil_scoped_release release;
    material.update(
        {strain.data(), old_state.data(), stress.data(), tangent.data(), state.data(), converged.data(), points},
        threads);
  }

  std::string failure(Vector strain, Vector old_state) const {
    require(strain.shape(0) == 6 && old_state.shape(0) == state_size(), "one point: strain (6,), state (state_size,)");
    return material.failure(strain.data(), old_state.data());
  }

 private:
  laminet::Material material;
};

// Blocks and leaves as arrays; rotations of blocks only in a literal DMN.
laminet::ActiveTree tree(Numbers parent, Numbers first, Numbers second, Vectors normal, Matrices block_R, Numbers leaf,
                         Numbers phase, Vector weight, Matrices leaf_R) {
  const std::size_t blocks = parent.shape(0), leaves = leaf.shape(0);
  for (const auto* array : {&first, &second}) require(array->shape(0) == blocks, "a block has two children");
  require(shaped(normal, {blocks, 3}), "normal must be (blocks, 3)");
  require(phase.shape(0) == leaves && weight.shape(0) == leaves, "phase and weight must be (leaves,)");
  for (const auto& [array, count] : {std::pair{&block_R, blocks}, std::pair{&leaf_R, leaves}})
    require(shaped(*array, {0, 6, 6}) || shaped(*array, {count, 6, 6}),
            "rotations must be (n, 6, 6), or (0, 6, 6) where there are none");
  laminet::Description description;
  for (std::size_t b = 0; b < blocks; ++b) {
    require(b == 0 || parent(b - 1) < parent(b), "blocks must be in the order of their nodes");
    description.parents.push_back({parent(b), first(b), second(b), {normal(b, 0), normal(b, 1), normal(b, 2)}});
  }
  for (std::size_t k = 0; k < leaves; ++k) {
    description.leaves.push_back({leaf(k), phase(k), weight(k), {}});
    if (leaf_R.shape(0) > 0) description.leaves.back().rotation.assign(&leaf_R(k, 0, 0), &leaf_R(k, 0, 0) + 36);
  }
  laminet::ActiveTree result = laminet::active_tree(description);
  for (std::size_t b = 0; b < block_R.shape(0); ++b) result.block_R.push_back(laminet::load_rows(&block_R(b, 0, 0)));
  return result;
}

laminet::Settings settings(double tolerance, bool paper_criterion, int max_iterations, int cutbacks,
                           bool uniform_guess) {
  require(max_iterations >= 1, "max_iterations must be at least 1");
  require(cutbacks >= 0 && cutbacks <= 50, "cutbacks must lie in 0 ... 50");
  return {tolerance, paper_criterion, max_iterations, cutbacks, uniform_guess};
}

}  // namespace

void bind_online(nb::module_& module) {
  nb::class_<BoundLaw>(module, "Law", "A law of native/laws/registry.hpp by its name and constants.")
      .def(nb::init<const std::string&, Vector>(), "name"_a, "constants"_a);
  nb::class_<laminet::ActiveTree>(module, "ActiveTree");
  nb::class_<laminet::Settings>(module, "OnlineSettings");
  module.def("online_settings", &settings, "tolerance"_a, "paper_criterion"_a, "max_iterations"_a, "cutbacks"_a,
             "uniform_guess"_a);
  module.def("active_tree", &tree, "parent"_a, "first"_a, "second"_a, "normal"_a, "block_R"_a, "leaf"_a, "phase"_a,
             "weight"_a, "leaf_R"_a, "Blocks from the root down; rotations (0, 6, 6) where there are none.");
  nb::class_<BoundSystem>(module, "NetworkSystem")
      .def(nb::init<const laminet::ActiveTree&, const std::vector<BoundLaw>&, const std::string&, bool,
                    const std::string&, const laminet::Settings&, const std::optional<nb::capsule>&,
                    const std::optional<nb::capsule>&>(),
           "tree"_a, "laws"_a, "solver"_a, "secant"_a, "residual"_a, "settings"_a, "dpotrf"_a = nb::none(),
           "dpotrs"_a = nb::none())
      .def("follow", &BoundSystem::follow, "prescribed"_a, "path_strain"_a, "path_stress"_a, "strain"_a.noconvert(),
           "stress"_a.noconvert(), "iterations"_a.noconvert(), "residual"_a.noconvert(), "converged"_a.noconvert(),
           "leaf_strain"_a.noconvert(), "law"_a.noconvert(),
           "Drives the virgin network along a load path; curve and last state are written to the arrays.");
  nb::class_<BoundMaterial>(module, "Material")
      .def(nb::init<const laminet::ActiveTree&, const std::vector<BoundLaw>&, const laminet::Settings&>(), "tree"_a,
           "laws"_a, "settings"_a)
      .def_prop_ro("state_size", &BoundMaterial::state_size)
      .def("update", &BoundMaterial::update, "strain"_a, "old_state"_a, "stress"_a.noconvert(), "tangent"_a.noconvert(),
           "state"_a.noconvert(), "converged"_a.noconvert(), "threads"_a,
           "Stress, tangent and new state of all points, written to the arrays.")
      .def("failure", &BoundMaterial::failure, "strain"_a, "old_state"_a, "How the update of one point fails.");
}
