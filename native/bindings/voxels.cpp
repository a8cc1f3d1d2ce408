// Python's view of the kernels of voxel cells: checked arrays in and out, no logic.
#include "cells/voxels.hpp"

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <complex>
#include <cstdint>

#include "bindings/arrays.hpp"

namespace {

using Phase = Array<const std::uint8_t, -1, -1, -1>;
using Matrices = Array<const double, -1, 24, 24>;
using Field = Array<const double, 3, -1, -1, -1>;
using MutableField = Array<double, 3, -1, -1, -1>;
using Affine = Array<const double, 24>;
using Total = Array<double, 24>;
using NamedLaws = std::vector<std::pair<std::string, std::vector<double>>>;

laminet::Grid grid_of(const Phase& phase, const Matrices& matrices, const Field& displacement,
                      const MutableField& force) {
  for (int axis = 0; axis < 3; ++axis) {
    require(phase.shape(axis) >= 2, "a side has fewer than two voxels");
    require(displacement.shape(axis + 1) == phase.shape(axis) && force.shape(axis + 1) == phase.shape(axis),
            "displacement and force must be (3, x, y, z)");
  }
  for (std::size_t k = 0; k < phase.size(); ++k)
    require(phase.data()[k] - 1u < matrices.shape(0), "a phase has no matrix");
  return {phase.shape(0), phase.shape(1), phase.shape(2), phase.data()};
}

void linear_forces(const Phase& phase, const Matrices& matrices, const Field& displacement, const Affine& affine,
                   const MutableField& force, const Total& total, std::size_t threads) {
  const auto grid = grid_of(phase, matrices, displacement, force);
  nb::gil_scoped_release release;
  laminet::linear_forces(grid, matrices.data(), displacement.data(), affine.data(), force.data(), total.data(),
                         threads);
}

using Slot = Array<const std::int32_t, -1, -1, -1>;
using ToStrain = Array<const double, 24, 48>;
using ToForce = Array<const double, 48, 24>;
using States = Array<const double, -1, 7, 8>;
using MutableStates = Array<double, -1, 7, 8>;
using Tangents = Array<double, -1, 21, 8>;
using Flags = Array<std::uint8_t, -1>;

void require_slots(const Slot& slot, std::size_t voxels, std::size_t slots) {
  require(slot.size() == voxels, "slot must be (x, y, z)");
  for (std::size_t k = 0; k < voxels; ++k)
    require(slot.data()[k] < static_cast<std::int64_t>(slots), "a voxel's slot does not exist");
}

std::tuple<double, double, bool> nonlinear_forces(const Phase& phase, const Slot& slot, const Matrices& matrices,
                                                  const ToStrain& to_strain, const ToForce& to_force,
                                                  const NamedLaws& named, const Array<const double, -1, 21>& elastic,
                                                  const States& old, const MutableStates& state,
                                                  const Tangents& tangent, const Flags& flowing,
                                                  const Field& displacement, const Affine& affine,
                                                  const MutableField& force, const Total& total, std::size_t threads) {
  const auto grid = grid_of(phase, matrices, displacement, force);
  require_slots(slot, phase.size(), old.shape(0));
  require_length(old.shape(0), "states, tangents and flags must be of the same slots", state, tangent, flowing);
  require(named.size() == matrices.shape(0) && elastic.shape(0) == named.size(), "every phase needs a law");
  laminet::Laws laws;
  for (const auto& [name, constants] : named) laws.emplace_back(name, constants);
  const laminet::Points points{slot.data(), old.data(), state.data(), tangent.data(), flowing.data()};
  nb::gil_scoped_release release;
  const auto sums =
      laminet::nonlinear_forces(grid, matrices.data(), {to_strain.data(), to_force.data()}, laws, elastic.data(),
                                points, displacement.data(), affine.data(), force.data(), total.data(), threads);
  return {sums.force, sums.stress, sums.sound};
}

void tangent_forces(const Phase& phase, const Slot& slot, const Matrices& matrices, const ToStrain& to_strain,
                    const ToForce& to_force, const Tangents& tangent, const Flags& flowing, const Field& displacement,
                    const Affine& affine, const MutableField& force, const Total& total, std::size_t threads) {
  const auto grid = grid_of(phase, matrices, displacement, force);
  require_slots(slot, phase.size(), tangent.shape(0));
  require_length(tangent.shape(0), "tangents and flags must be of the same slots", flowing);
  const laminet::Points points{slot.data(), nullptr, nullptr, tangent.data(), flowing.data()};
  nb::gil_scoped_release release;
  laminet::tangent_forces(grid, matrices.data(), {to_strain.data(), to_force.data()}, points, displacement.data(),
                          affine.data(), force.data(), total.data(), threads);
}

void multiply_modes(const Array<const double, 6, -1, -1, -1>& matrices,
                    const Array<std::complex<double>, 3, -1, -1, -1>& vectors, std::size_t threads) {
  for (int axis = 1; axis < 4; ++axis)
    require(matrices.shape(axis) == vectors.shape(axis), "matrices and vectors must be of the same modes");
  nb::gil_scoped_release release;
  laminet::multiply_modes(matrices.data(), vectors.data(), vectors.size() / 3, threads);
}

}  // namespace

NB_MODULE(LAMINET_MODULE, module) {
  module.def("linear_forces", &linear_forces, "phase"_a, "matrices"_a, "displacement"_a, "affine"_a,
             "force"_a.noconvert(), "total"_a.noconvert(), "threads"_a,
             "Forces (3, x, y, z) of elements with the matrices (phases, 24, 24), and their sum over the elements.");
  module.def(
      "nonlinear_forces", &nonlinear_forces, "phase"_a, "slot"_a, "matrices"_a, "to_strain"_a, "to_force"_a, "laws"_a,
      "elastic"_a, "old"_a, "state"_a.noconvert(), "tangent"_a.noconvert(), "flowing"_a.noconvert(), "displacement"_a,
      "affine"_a, "force"_a.noconvert(), "total"_a.noconvert(), "threads"_a,
      "Forces of laws; sums of squares of element forces and of the stresses in slots, and whether all is sound.");
  module.def("tangent_forces", &tangent_forces, "phase"_a, "slot"_a, "matrices"_a, "to_strain"_a, "to_force"_a,
             "tangent"_a.noconvert(), "flowing"_a.noconvert(), "displacement"_a, "affine"_a, "force"_a.noconvert(),
             "total"_a.noconvert(), "threads"_a, "Forces of the tangents that nonlinear_forces left.");
  module.def("multiply_modes", &multiply_modes, "matrices"_a, "vectors"_a.noconvert(), "threads"_a,
             "Symmetric matrices (6, x, y, z) times complex vectors (3, x, y, z), in place.");
}
