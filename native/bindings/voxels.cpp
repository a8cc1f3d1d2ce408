// Python's view of the kernels of voxel cells: checked arrays in and out, no logic.
#include <nanobind/stl/array.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <complex>
#include <cstdint>

#include "bindings/arrays.hpp"
#include "cells/voxel_points.hpp"
#include "cells/voxel_vectors.hpp"

namespace {

using Phase = Array<const std::uint8_t, -1, -1, -1>;
using Slope = std::array<double, 3>;
using Blocks = Array<const double, -1, sizeof(laminet::Blocks) / sizeof(double)>;
using Field = Array<const double, 3, -1, -1, -1>;
using MutableField = Array<double, 3, -1, -1, -1>;
using Single = Array<const float, 3, -1, -1, -1>;
using MutableSingle = Array<float, 3, -1, -1, -1>;
using Macro = std::array<double, 6>;
using NamedLaws = std::vector<std::pair<std::string, std::vector<double>>>;

const laminet::Blocks* data_of(const Blocks& blocks) { return reinterpret_cast<const laminet::Blocks*>(blocks.data()); }

template <class Numbers>
auto extremes(const Numbers& numbers) {
  const auto* data = numbers.data();
  auto least = *data, most = *data;
  for (std::size_t k = 0, size = numbers.size(); k < size; ++k) {
    least = std::min(least, data[k]);
    most = std::max(most, data[k]);
  }
  return std::pair{least, most};
}

laminet::Grid grid_of(const Phase& phase, const Slope& slope, const Blocks& blocks, const Field& displacement,
                      const MutableField& force) {
  for (int axis = 0; axis < 3; ++axis) {
    require(phase.shape(axis) >= 2, "a side has fewer than two voxels");
    require(displacement.shape(axis + 1) == phase.shape(axis) && force.shape(axis + 1) == phase.shape(axis),
            "displacement and force must be (3, x, y, z)");
  }
  const auto [least, most] = extremes(phase);
  require(least >= 1 && static_cast<std::size_t>(most) <= blocks.shape(0), "a phase has no blocks");
  return {phase.shape(0), phase.shape(1), phase.shape(2), phase.data(), slope};
}

Macro mean(const laminet::Sums& sums, const Phase& phase) {
  Macro stress;
  for (int i = 0; i < 6; ++i) stress[i] = laminet::total_of(sums.stress[i]) / static_cast<double>(phase.size());
  return stress;
}

Macro linear_forces(const Phase& phase, const Slope& slope, const Blocks& blocks, const Field& displacement,
                    const Macro& macro, const MutableField& force, std::size_t threads) {
  const auto grid = grid_of(phase, slope, blocks, displacement, force);
  nb::gil_scoped_release release;
  return mean(laminet::linear_forces(grid, data_of(blocks), displacement.data(), macro.data(), force.data(), threads),
              phase);
}

using Slot = Array<const std::int32_t, -1, -1, -1>;
using States = Array<const double, -1, 7, 8>;
using MutableStates = Array<double, -1, 7, 8>;
using Tangents = Array<float, -1, 21, 8>;
using Flags = Array<std::uint8_t, -1>;

void require_slots(const Slot& slot, const Phase& phase, const Tangents& tangent, const Flags& flowing) {
  require_length(tangent.shape(0), "tangents and flags must be of the same slots", flowing);
  require(slot.size() == phase.size(), "slot must be (x, y, z)");
  require(extremes(slot).second < static_cast<std::int64_t>(tangent.shape(0)), "a voxel's slot does not exist");
}

std::tuple<Macro, double, bool> nonlinear_forces(const Phase& phase, const Slope& slope, const Blocks& blocks,
                                                 const Slot& slot, const Tangents& tangent, const Flags& flowing,
                                                 const Field& displacement, const Macro& macro,
                                                 const MutableField& force, std::size_t threads, const NamedLaws& named,
                                                 const Array<const double, -1, 21>& elastic, const States& old,
                                                 const MutableStates& state) {
  const auto grid = grid_of(phase, slope, blocks, displacement, force);
  require_slots(slot, phase, tangent, flowing);
  require_length(tangent.shape(0), "states and tangents must be of the same slots", old, state);
  require(named.size() == blocks.shape(0) && elastic.shape(0) == named.size(), "every phase needs a law");
  laminet::Laws laws;
  for (const auto& [name, constants] : named) laws.emplace_back(name, constants);
  const laminet::Points points{slot.data(), old.data(), state.data(), tangent.data(), flowing.data()};
  nb::gil_scoped_release release;
  const auto sums = laminet::nonlinear_forces(grid, data_of(blocks), laws, elastic.data(), points, displacement.data(),
                                              macro.data(), force.data(), threads);
  return {mean(sums, phase), laminet::total_of(sums.force), sums.sound};
}

Macro tangent_forces(const Phase& phase, const Slope& slope, const Blocks& blocks, const Slot& slot,
                     const Tangents& tangent, const Flags& flowing, const Field& displacement, const Macro& macro,
                     const MutableField& force, std::size_t threads) {
  const auto grid = grid_of(phase, slope, blocks, displacement, force);
  require_slots(slot, phase, tangent, flowing);
  const laminet::Points points{slot.data(), nullptr, nullptr, tangent.data(), flowing.data()};
  nb::gil_scoped_release release;
  return mean(
      laminet::tangent_forces(grid, data_of(blocks), points, displacement.data(), macro.data(), force.data(), threads),
      phase);
}

void multiply_modes(const Array<const float, 6, -1, -1, -1>& matrices,
                    const Array<std::complex<float>, 3, -1, -1, -1>& vectors, std::size_t threads) {
  for (int axis = 1; axis < 4; ++axis)
    require(matrices.shape(axis) == vectors.shape(axis), "matrices and vectors must be of the same modes");
  nb::gil_scoped_release release;
  laminet::multiply_modes(matrices.data(), vectors.data(), vectors.size() / 3, threads);
}

template <class Number>
double dot(const Field& a, const Array<const Number, 3, -1, -1, -1>& b, std::size_t threads) {
  require(a.size() == b.size(), "vectors must be of the same size");
  nb::gil_scoped_release release;
  return laminet::dot(a.data(), b.data(), a.size(), threads);
}

void advance(double alpha, const Field& p, const Field& Kp, const MutableField& u, const MutableField& r,
             const MutableSingle& single, std::size_t threads) {
  for (const std::size_t size : {Kp.size(), u.size(), r.size(), single.size()})
    require(size == p.size(), "vectors must be of the same size");
  nb::gil_scoped_release release;
  laminet::advance(alpha, p.data(), Kp.data(), u.data(), r.data(), single.data(), p.size(), threads);
}

void turn(double beta, const Single& z, const MutableField& p, std::size_t threads) {
  require(z.size() == p.size(), "vectors must be of the same size");
  nb::gil_scoped_release release;
  laminet::turn(beta, z.data(), p.data(), p.size(), threads);
}

}  // namespace

NB_MODULE(LAMINET_MODULE, module) {
  module.def("linear_forces", &linear_forces, "phase"_a, "slope"_a, "blocks"_a, "displacement"_a, "macro"_a,
             "force"_a.noconvert(), "threads"_a,
             "Forces (3, x, y, z) of elements with the blocks (phases, 126), and their mean stress.");
  module.def("nonlinear_forces", &nonlinear_forces, "phase"_a, "slope"_a, "blocks"_a, "slot"_a, "tangent"_a.noconvert(),
             "flowing"_a.noconvert(), "displacement"_a, "macro"_a, "force"_a.noconvert(), "threads"_a, "laws"_a,
             "elastic"_a, "old"_a, "state"_a.noconvert(),
             "Forces of laws; mean stress, sum of squares of the elements' forces, and whether all is sound.");
  module.def("tangent_forces", &tangent_forces, "phase"_a, "slope"_a, "blocks"_a, "slot"_a, "tangent"_a.noconvert(),
             "flowing"_a.noconvert(), "displacement"_a, "macro"_a, "force"_a.noconvert(), "threads"_a,
             "Forces of the tangents that nonlinear_forces left, and their mean stress.");
  module.def("multiply_modes", &multiply_modes, "matrices"_a, "vectors"_a.noconvert(), "threads"_a,
             "Symmetric matrices (6, x, y, z) times complex vectors (3, x, y, z), in place.");
  module.def("dot", &dot<double>, "a"_a.noconvert(), "b"_a.noconvert(), "threads"_a, "Inner product.");
  module.def("dot", &dot<float>, "a"_a.noconvert(), "b"_a.noconvert(), "threads"_a, "Inner product.");
  module.def("advance", &advance, "alpha"_a, "p"_a, "Kp"_a, "u"_a.noconvert(), "r"_a.noconvert(),
             "single"_a.noconvert(), "threads"_a, "u += alpha p and r -= alpha Kp; single is then r.");
  module.def("turn", &turn, "beta"_a, "z"_a, "p"_a.noconvert(), "threads"_a, "p = z + beta p.");
}
