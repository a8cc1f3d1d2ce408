// Python's view of the online schemes: checked arrays in, curves out, no logic.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <mutex>
#include <optional>

#include "bindings/arrays.hpp"
#include "online/description.hpp"
#include "online/material.hpp"

namespace {

using Numbers = Array<const std::int32_t, -1>;
using Vectors = Array<const double, -1, 6>;
using Matrices = Array<const double, -1, 6, 6>;
using Results = Array<double, -1, 6>;
using States = Array<double, -1, -1>;

class BoundSystem {
 public:
  // By sweeps, or by the dense solver where LAPACK is given.
  BoundSystem(const laminet::ActiveTree& tree, const laminet::Laws& laws, const laminet::Settings& settings,
              bool residual, bool secant, bool paper_criterion, bool uniform_guess,
              const std::optional<nb::capsule>& dpotrf, const std::optional<nb::capsule>& dpotrs,
              const std::optional<nb::capsule>& dgesv)
      : system(tree, laws, {residual, secant, paper_criterion, uniform_guess}, settings,
               lapack(dpotrf, dpotrs, dgesv)) {}

  std::string trouble() const { return system.trouble(); }
  std::size_t state_size() const { return system.state_size(); }

  void follow(Array<const bool, 6> prescribed, Vectors strain, Vectors stress, Array<const double, -1> time,
              Results strain_out, Results stress_out, Array<std::int32_t, -1> iterations, Array<double, -1> residual,
              Array<bool, -1> converged, Array<double, -1> state) {
    const std::size_t rows = strain.shape(0);
    require(rows > 0, "a path must have its zero state");
    require_length(rows, "paths and curves must be (steps + 1, 6) or (steps + 1,)", stress, time, strain_out,
                   stress_out, iterations, residual, converged);
    require_length(state_size(), "state must be (state_size,)", state);
    const laminet::Path path{prescribed.data(), strain.data(), stress.data(), rows - 1, time.data()};
    const laminet::Curve curve{strain_out.data(), stress_out.data(), iterations.data(), residual.data(),
                               converged.data()};
    bool interrupted = false;
    {
      nb::gil_scoped_release release;
      const std::lock_guard lock(busy);
      const laminet::NetworkState& last = system.follow(path, curve, [&] {
        nb::gil_scoped_acquire acquire;
        interrupted = PyErr_CheckSignals() != 0;
        return !interrupted;
      });
      system.write(last, state.data());
    }
    if (interrupted) throw nb::python_error();
  }

 private:
  static std::optional<laminet::Lapack> lapack(const std::optional<nb::capsule>& dpotrf,
                                               const std::optional<nb::capsule>& dpotrs,
                                               const std::optional<nb::capsule>& dgesv) {
    if (!dpotrf || !dpotrs || !dgesv) return std::nullopt;
    laminet::Lapack functions{};
    unwrap(functions.dpotrf, *dpotrf);
    unwrap(functions.dpotrs, *dpotrs);
    unwrap(functions.dgesv, *dgesv);
    return functions;
  }

  laminet::NetworkSystem system;
  std::mutex busy;  // two threads of Python may call at once
};

void update(const laminet::Material& material, Vectors strain, Array<const double, -1, -1> old_state, double duration,
            Results stress, Array<double, -1, 6, 6> tangent, States state, Array<bool, -1> converged, int threads) {
  const std::size_t points = strain.shape(0);
  require_length(points, "arrays must be (points, ...)", old_state, stress, tangent, state, converged);
  require(old_state.shape(1) == material.state_size() && state.shape(1) == material.state_size(),
          "state must be (points, state_size)");
  nb::gil_scoped_release release;
  material.update({strain.data(), old_state.data(), stress.data(), tangent.data(), state.data(), converged.data(),
                   points, duration},
                  threads);
}

std::string failure(const laminet::Material& material, Array<const double, 6> strain, Array<const double, -1> old_state,
                    double duration) {
  require_length(material.state_size(), "state must be (state_size,)", old_state);
  return material.failure(strain.data(), old_state.data(), duration);
}

laminet::Law external_law(const nb::capsule& capsule) {
  require(capsule.name() == std::string_view("laminet::External"), "no external law");
  return laminet::Law(laminet::Umat<double>(*static_cast<const laminet::External*>(capsule.data())));
}

laminet::ActiveTree tree(Numbers parent, Numbers first, Numbers second, Array<const double, -1, 3> normal,
                         Matrices block_R, Numbers leaf, Numbers phase, Array<const double, -1> weight,
                         Matrices leaf_R) {
  const std::size_t leaves = leaf.shape(0);
  require_length(leaves, "leaf, phase and weight must be (leaves,)", phase, weight);
  require(parent.shape(0) + 1 == leaves, "a network has one leaf more than blocks");
  require_length(leaves - 1, "first, second and normal must be (blocks, ...)", first, second, normal);
  const auto rotations = [](const Matrices& R, std::size_t count) -> const double* {
    if (R.shape(0) == 0) return nullptr;
    require_length(count, "rotations must be (n, 6, 6), or (0, 6, 6) where there are none", R);
    return R.data();
  };
  return laminet::active_tree({leaves, parent.data(), first.data(), second.data(), normal.data(), leaf.data(),
                               phase.data(), weight.data(), rotations(leaf_R, leaves)},
                              rotations(block_R, leaves - 1));
}

}  // namespace

void bind_online(nb::module_& module) {
  nb::class_<laminet::Law>(module, "Law", "A law of native/laws/registry.hpp by its name and constants.")
      .def(nb::init<const std::string&, const std::vector<double>&>(), "name"_a, "constants"_a)
      .def_static("external", &external_law, "external"_a, "That of _umat.UserMaterial.external.")
      .def_prop_ro("attached_size", &laminet::Law::attached_size, "Numbers of its state where others have no room.")
      .def_prop_ro("differentiable", &laminet::Law::differentiable, "Whether training on curves takes it.")
      .def_prop_ro("symmetric", &laminet::Law::symmetric, "Whether its tangent is symmetric.");
  nb::class_<laminet::ActiveTree>(module, "ActiveTree");
  nb::class_<laminet::Settings>(module, "OnlineSettings")
      .def(nb::init<double, int, int>(), "tolerance"_a, "max_iterations"_a, "cutbacks"_a);
  module.def("active_tree", &tree, "parent"_a, "first"_a, "second"_a, "normal"_a, "block_R"_a, "leaf"_a, "phase"_a,
             "weight"_a, "leaf_R"_a, "Blocks and leaves; rotations (0, 6, 6) where there are none.");
  nb::class_<BoundSystem>(module, "NetworkSystem")
      .def(nb::init<const laminet::ActiveTree&, const laminet::Laws&, const laminet::Settings&, bool, bool, bool, bool,
                    const std::optional<nb::capsule>&, const std::optional<nb::capsule>&,
                    const std::optional<nb::capsule>&>(),
           "tree"_a, "laws"_a, "settings"_a, "residual"_a, "secant"_a, "paper_criterion"_a, "uniform_guess"_a,
           "dpotrf"_a = nb::none(), "dpotrs"_a = nb::none(), "dgesv"_a = nb::none(),
           "Solved by sweeps, or dense where LAPACK is given.")
      .def_prop_ro("state_size", &BoundSystem::state_size)
      .def_prop_ro("trouble", &BoundSystem::trouble, "Why a law had no stress, last time; empty while all have.")
      .def("follow", &BoundSystem::follow, "prescribed"_a, "path_strain"_a, "path_stress"_a, "path_time"_a,
           "strain"_a.noconvert(), "stress"_a.noconvert(), "iterations"_a.noconvert(), "residual"_a.noconvert(),
           "converged"_a.noconvert(), "state"_a.noconvert(),
           "Drives the virgin network along a load path; curve and last state are written to the arrays.");
  nb::class_<laminet::Material>(module, "Material")
      .def(nb::init<const laminet::ActiveTree&, const laminet::Laws&, const laminet::Settings&>(), "tree"_a, "laws"_a,
           "settings"_a)
      .def_prop_ro("state_size", &laminet::Material::state_size)
      .def_prop_ro("rate_dependent", &laminet::Material::rate_dependent, "Whether a law depends on the duration.")
      .def("update", &update, "strain"_a, "old_state"_a, "duration"_a, "stress"_a.noconvert(), "tangent"_a.noconvert(),
           "state"_a.noconvert(), "converged"_a.noconvert(), "threads"_a,
           "Stress, tangent and new state of all points, written to the arrays.")
      .def("failure", &failure, "strain"_a, "old_state"_a, "duration"_a, "How the update of one point fails.");
}
