// Forces of a cell of voxels with laws at the eight Gauss points of its elements, and those of their tangents.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "cells/voxels.hpp"
#include "laws/registry.hpp"

namespace laminet {

// What is known of voxels whose law is not linear. `slot` (x, y, z) is their number, -1 for linear ones.
struct Points {
  const std::int32_t* slot;
  const double* old;      // (slots, 7, 8) states
  double* state;          // those after the update
  float* tangent;         // (slots, 21, 8), upper triangles
  std::uint8_t* flowing;  // (slots) whether the tangent is not the elastic one
};

using PointStrain = std::array<Eight, 6>;  // component by component, the Gauss points side by side

// The place of every number whose index differs in one bit.
template <int bit, std::size_t... place>
Eight swapped(const Eight& v, std::index_sequence<place...>) {
  return Eight{v[place ^ bit]...};
}

template <int bit>
Eight swapped(const Eight& v) {
  return swapped<bit>(v, std::make_index_sequence<8>{});
}

template <int bit, std::size_t... place>
Eight signs(std::index_sequence<place...>) {
  return Eight{(place & bit ? -1.0 : 1.0)...};
}

// From modes to points and, its own transpose, back.
inline Eight transformed(Eight v) {
  v = swapped<X>(v) + signs<X>(std::make_index_sequence<8>{}) * v;
  v = swapped<Y>(v) + signs<Y>(std::make_index_sequence<8>{}) * v;
  return swapped<Z>(v) + signs<Z>(std::make_index_sequence<8>{}) * v;
}

// Strains at the Gauss points of the modes of an element's displacements, and the forces of stresses on these modes.
class GaussPoints {
 public:
  explicit GaussPoints(const Grid& grid) {
    for (int mode = 0; mode < modes; ++mode) {
      const int degree = (mode & 1) + (mode >> 1 & 1) + (mode >> 2);
      const double value = std::pow(-1.0 / std::sqrt(3.0), degree);  // of the mode at the lowest point
      for (int axis = 0; axis < 3; ++axis) slope_[axis][mode] = mode & (X >> axis) ? 0.0 : value * grid.slope[axis];
      spread_[mode] = mode ? 1.0 / 3.0 : 0.0;
    }
  }

  PointStrain strain(const std::array<Eight, 3>& u, const double* macro) const {
    const auto slope = [&](int c) {
      return std::array{slope_[0] * swapped<X>(u[c]), slope_[1] * swapped<Y>(u[c]), slope_[2] * swapped<Z>(u[c])};
    };
    const auto a = slope(0), b = slope(1), c = slope(2);
    PointStrain strain{
        a[0], b[1], c[2], root_half * (b[2] + c[1]), root_half * (a[2] + c[0]), root_half * (a[1] + b[0])};
    spread(strain);
    for (int i = 0; i < 6; ++i) strain[i] = transformed(strain[i]) + macro[i];
    return strain;
  }

  std::array<Eight, 3> force(PointStrain stress, std::array<Eight, 6>& total) const {
    for (int i = 0; i < 6; ++i) {
      stress[i] = transformed(stress[i]) * (1.0 / gauss_points);
      total[i][0] += stress[i][0];
    }
    spread(stress);
    for (int i = 3; i < 6; ++i) stress[i] *= root_half;
    const auto force = [&](int x, int y, int z) {
      return swapped<X>(slope_[0] * stress[x]) + swapped<Y>(slope_[1] * stress[y]) + swapped<Z>(slope_[2] * stress[z]);
    };
    return {force(0, 5, 4), force(5, 1, 3), force(4, 3, 2)};
  }

 private:
  // The dilatation is its mean over the element.
  void spread(PointStrain& strain) const {
    const Eight part = spread_ * (strain[0] + strain[1] + strain[2]);
    for (int i = 0; i < 3; ++i) strain[i] -= part;
  }

  Eight slope_[3], spread_;
};

// Forces of up to eight voxels: of linear ones by the matrices of their phases, of those with `apart(slot)` by
// `stress(slot, phase, strain)`, which turns the strain at their Gauss points into stress.
template <class Apart, class Stress>
void group_forces(const Grid& grid, const Blocks* blocks, const GaussPoints& gauss, const std::int32_t* slots,
                  const double* macro, std::size_t voxel, std::size_t count, const Modes& u, Modes& f, Sums& sums,
                  const Apart& apart, const Stress& stress) {
  const Phases all = phases_of(grid, voxel, count);
  Phases linear = all;
  for (std::size_t k = 0; k < count; ++k)
    if (slots[voxel + k] >= 0 && apart(slots[voxel + k])) linear[k] = 0;
  f = Modes{};
  if (linear != Phases{}) add_linear(grid, blocks, macro, linear, u, f, sums.stress);
  if (linear != all) {
    double from[3 * modes][8], to[3 * modes][8];
    std::memcpy(from, u.data(), sizeof from);
    std::memcpy(to, f.data(), sizeof to);
    for (std::size_t k = 0; k < count; ++k) {
      if (linear[k]) continue;
      std::array<Eight, 3> own;
      for (int c = 0; c < 3; ++c)
        for (int mode = 0; mode < modes; ++mode) own[c][mode] = from[8 * c + mode][k];
      PointStrain points = gauss.strain(own, macro);
      stress(slots[voxel + k], all[k] - 1, points);
      own = gauss.force(points, sums.stress);
      for (int c = 0; c < 3; ++c)
        for (int mode = 0; mode < modes; ++mode) to[8 * c + mode][k] = own[c][mode];
    }
    std::memcpy(f.data(), to, sizeof to);
  }
}

// Forces of the laws' stresses. Linear phases have their blocks; `elastic` (phases, 21) are the laws' stiffnesses.
inline Sums nonlinear_forces(const Grid& grid, const Blocks* blocks, const Laws& laws, const double* elastic,
                             const Points& points, const double* displacement, const double* macro, double* force,
                             std::size_t threads) {
  const GaussPoints gauss(grid);
  return all_forces(grid, displacement, force, threads, [&](Sums& sums) {
    const auto update = [&](std::int64_t slot, int phase, PointStrain& strain) {
      bool flowing = false;
      for (int begin = 0; begin < gauss_points; begin += width) {
        Group::Vector point_strain, point_stress;
        Group::State old, state;
        Group::Tangent tangent;
        const auto place = [&](Eight& eight) { return reinterpret_cast<char*>(&eight) + begin * sizeof(double); };
        for (int i = 0; i < 6; ++i) std::memcpy(&point_strain[i], place(strain[i]), sizeof(Lane));
        for (int i = 0; i < 7; ++i) std::memcpy(&old[i], points.old + (7 * slot + i) * 8 + begin, sizeof(Lane));
        const auto sound = laws[phase].template update<Group>(point_strain, old, point_stress, tangent, state);
        for (int k = 0; k < width; ++k) sums.sound &= bool(sound[k]);
        for (int i = 0; i < 6; ++i) std::memcpy(place(strain[i]), &point_stress[i], sizeof(Lane));
        for (int i = 0; i < 7; ++i) std::memcpy(points.state + (7 * slot + i) * 8 + begin, &state[i], sizeof(Lane));
        const double* C = elastic + packed_size * phase;
        for (int k = 0; k < packed_size; ++k) {
          float* to = points.tangent + (packed_size * slot + k) * 8 + begin;
          for (int place = 0; place < width; ++place) {
            to[place] = static_cast<float>(tangent.entry[k][place]);
            flowing |= !(std::abs(tangent.entry[k][place] - C[k]) <= 1e-12 * C[0]);
          }
        }
      }
      points.flowing[slot] = flowing;
    };
    return [&, update](std::size_t voxel, std::size_t count, const Modes& u, Modes& f) {
      group_forces(
          grid, blocks, gauss, points.slot, macro, voxel, count, u, f, sums, [](std::int64_t) { return true; }, update);
      for (const Eight& each : f) sums.force += modes * each * each;  // modes are eight times as long as corners
    };
  });
}

// Forces of the tangents that `nonlinear_forces` left; voxels that do not flow have the blocks of their phases.
inline Sums tangent_forces(const Grid& grid, const Blocks* blocks, const Points& points, const double* displacement,
                           const double* macro, double* force, std::size_t threads) {
  typedef float EightFloats __attribute__((vector_size(32), aligned(4)));
  const GaussPoints gauss(grid);
  return all_forces(grid, displacement, force, threads, [&](Sums& sums) {
    const auto product = [&](std::int64_t slot, int, PointStrain& strain) {
      const float* tangent = points.tangent + packed_size * 8 * slot;
      PointStrain stress{};
      for (int i = 0; i < 6; ++i)
        for (int j = 0; j < 6; ++j) {
          EightFloats entry;
          std::memcpy(&entry, tangent + 8 * packed(i, j), sizeof entry);
          stress[i] += __builtin_convertvector(entry, Eight) * strain[j];
        }
      strain = stress;
    };
    return [&, product](std::size_t voxel, std::size_t count, const Modes& u, Modes& f) {
      group_forces(
          grid, blocks, gauss, points.slot, macro, voxel, count, u, f, sums,
          [&](std::int64_t slot) { return points.flowing[slot] != 0; }, product);
    };
  });
}

}  // namespace laminet
