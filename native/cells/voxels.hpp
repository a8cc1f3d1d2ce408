// Forces of a periodic cell of voxels, each a trilinear hexahedron with eight Gauss points, without assembly.
// The displacement and the force are (3, x, y, z). The 24 numbers of an element are ordered by component, then by the
// corner's offset in z, in x and in y.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "laws/registry.hpp"
#include "threads.hpp"

namespace laminet {

inline constexpr int corners = 8, gauss_points = 8, element_size = 3 * corners, strain_size = 6 * gauss_points;

// Corners, or Gauss points, side by side.
typedef double Eight __attribute__((vector_size(64), aligned(8)));

inline Eight eight(const double* from) {
  Eight values;
  std::memcpy(&values, from, sizeof values);
  return values;
}

using Element = std::array<double, element_size>;

// y = A^T x for A of `rows` rows of 8 `parts` numbers: as many rows at a time as keep the processor busy.
template <int rows, int parts>
[[gnu::always_inline]] inline void product(const double* A, const double* x, double* y) {
  Eight even[parts]{}, odd[parts]{};
  for (int k = 0; k < rows; k += 2)
    for (int part = 0; part < parts; ++part) {
      even[part] += eight(A + 8 * (parts * k + part)) * x[k];
      odd[part] += eight(A + 8 * (parts * (k + 1) + part)) * x[k + 1];
    }
  for (int part = 0; part < parts; ++part) {
    const Eight sum = even[part] + odd[part];
    std::memcpy(y + 8 * part, &sum, sizeof sum);
  }
}

struct Grid {
  std::size_t nx, ny, nz;
  const std::uint8_t* phase;  // (x, y, z), from 1

  std::size_t plane() const { return ny * nz; }
  std::size_t size() const { return nx * plane(); }
};

// For the voxels of planes first ... last - 1, forces of the elements, added to `force`; those on plane `last` to
// `beyond` (3, y, z). `element(voxel, u, f)` gives the forces f of the displacements u. Adds all f to `total`.
template <class Of>
void add_forces(const Grid& grid, std::size_t first, std::size_t last, const double* displacement, const double* affine,
                double* force, double* beyond, Element& total, Of&& element) {
  const std::size_t plane = grid.plane(), size = grid.size();
  Element u, f, sum{};
  for (std::size_t x = first; x < last; ++x)
    for (std::size_t y = 0; y < grid.ny; ++y) {
      const double* from[3][4];
      double* to[3][4];
      for (int c = 0; c < 3; ++c)
        for (int corner = 0; corner < 4; ++corner) {
          const std::size_t at_x = x + corner / 2, at_y = (y + corner % 2) % grid.ny;
          from[c][corner] = displacement + c * size + at_x % grid.nx * plane + at_y * grid.nz;
          to[c][corner] =
              at_x == last ? beyond + c * plane + at_y * grid.nz : force + c * size + at_x * plane + at_y * grid.nz;
        }
      double carried[12]{};
      for (std::size_t z = 0, voxel = x * plane + y * grid.nz; z < grid.nz; ++z, ++voxel) {
        const std::size_t above = z + 1 == grid.nz ? 0 : z + 1;
        for (int c = 0; c < 3; ++c)
          for (int k = 0; k < 4; ++k) {
            u[8 * c + k] = from[c][k][z] + affine[8 * c + k];
            u[8 * c + 4 + k] = from[c][k][above] + affine[8 * c + 4 + k];
          }
        element(voxel, u, f);
        for (int c = 0; c < 3; ++c)
          for (int k = 0; k < 4; ++k) {
            to[c][k][z] += carried[4 * c + k] + f[8 * c + k];
            carried[4 * c + k] = f[8 * c + 4 + k];
          }
        for (int k = 0; k < element_size; ++k) sum[k] += f[k];
      }
      for (int c = 0; c < 3; ++c)
        for (int k = 0; k < 4; ++k) to[c][k][0] += carried[4 * c + k];
    }
  for (int k = 0; k < element_size; ++k) total[k] += sum[k];
}

// Forces of all voxels, by threads that take slabs of planes; `made(slab)` gives the function of a slab's elements.
template <class Made>
void all_forces(const Grid& grid, const double* displacement, const double* affine, double* force, double* total,
                std::size_t threads, const Made& made) {
  const std::size_t count = std::clamp<std::size_t>(threads, 1, grid.nx), plane = grid.plane(), size = grid.size();
  std::vector<std::vector<double>> beyond(count, std::vector<double>(3 * plane));
  std::vector<Element> totals(count, Element{});
  std::atomic<std::size_t> next{0};
  on_threads(count, [&] {
    for (std::size_t slab; (slab = next++) < count;) {
      const std::size_t first = slab * grid.nx / count, last = (slab + 1) * grid.nx / count;
      for (int c = 0; c < 3; ++c) std::fill(force + c * size + first * plane, force + c * size + last * plane, 0.0);
      add_forces(grid, first, last, displacement, affine, force, beyond[slab].data(), totals[slab], made(slab));
    }
  });
  std::fill(total, total + element_size, 0.0);
  for (std::size_t slab = 0; slab < count; ++slab) {
    const std::size_t last = (slab + 1) * grid.nx / count % grid.nx;
    for (int c = 0; c < 3; ++c)
      for (std::size_t k = 0; k < plane; ++k) force[c * size + last * plane + k] += beyond[slab][c * plane + k];
    for (int k = 0; k < element_size; ++k) total[k] += totals[slab][k];
  }
}

// Elements of linear phases, each with its stiffness matrix (24, 24).
inline void linear_forces(const Grid& grid, const double* matrices, const double* displacement, const double* affine,
                          double* force, double* total, std::size_t threads) {
  all_forces(grid, displacement, affine, force, total, threads, [&](std::size_t) {
    return [&](std::size_t voxel, const Element& u, Element& f) {
      product<element_size, 3>(matrices + element_size * element_size * (grid.phase[voxel] - 1), u.data(), f.data());
    };
  });
}

// The strain of an element's Gauss points: component by component, the points side by side.
struct StrainMatrix {
  const double* strain;  // (24, 48): of a unit displacement
  const double* force;   // (48, 24): of a unit stress, times the weight of a point
};

// What is known of voxels whose law is not linear. `slot` (x, y, z) is their number, -1 for linear ones.
struct Points {
  const std::int32_t* slot;
  const double* old;      // (slots, 7, 8) states
  double* state;          // those after the update
  double* tangent;        // (slots, 21, 8), upper triangles
  std::uint8_t* flowing;  // (slots) whether the tangent is not the elastic one
};

struct Sums {
  double force = 0.0, stress = 0.0;  // of squares
  bool sound = true;                 // every law has a stress
};

// Forces of the laws' stresses. Linear phases have their matrices; `elastic` (phases, 21) are the laws' stiffnesses.
inline Sums nonlinear_forces(const Grid& grid, const double* matrices, const StrainMatrix& B, const Laws& laws,
                             const double* elastic, const Points& points, const double* displacement,
                             const double* affine, double* force, double* total, std::size_t threads) {
  std::vector<Sums> sums(std::max<std::size_t>(threads, 1));
  all_forces(grid, displacement, affine, force, total, threads, [&](std::size_t slab) {
    return [&, slab](std::size_t voxel, const Element& u, Element& f) {
      Sums& sum = sums[slab];
      const int phase = grid.phase[voxel] - 1;
      const std::int64_t slot = points.slot[voxel];
      if (slot < 0) {
        product<element_size, 3>(matrices + element_size * element_size * phase, u.data(), f.data());
      } else {
        double strain[strain_size], stress[strain_size];
        product<element_size, 6>(B.strain, u.data(), strain);
        bool flowing = false;
        for (int begin = 0; begin < gauss_points; begin += width) {
          Group::Vector point_strain, point_stress;
          Group::State old, state;
          Group::Tangent tangent;
          for (int i = 0; i < 6; ++i) std::memcpy(&point_strain[i], strain + 8 * i + begin, sizeof(Lane));
          for (int i = 0; i < 7; ++i) std::memcpy(&old[i], points.old + (7 * slot + i) * 8 + begin, sizeof(Lane));
          const auto sound = laws[phase].template update<Group>(point_strain, old, point_stress, tangent, state);
          for (int k = 0; k < width; ++k) sum.sound &= bool(sound[k]);
          for (int i = 0; i < 6; ++i) std::memcpy(stress + 8 * i + begin, &point_stress[i], sizeof(Lane));
          for (int i = 0; i < 7; ++i) std::memcpy(points.state + (7 * slot + i) * 8 + begin, &state[i], sizeof(Lane));
          const double* C = elastic + packed_size * phase;
          for (int k = 0; k < packed_size; ++k) {
            std::memcpy(points.tangent + (packed_size * slot + k) * 8 + begin, &tangent.entry[k], sizeof(Lane));
            for (int place = 0; place < width; ++place)
              flowing |= !(std::abs(tangent.entry[k][place] - C[k]) <= 1e-12 * C[0]);
          }
        }
        points.flowing[slot] = flowing;
        product<strain_size, 3>(B.force, stress, f.data());
        for (double value : stress) sum.stress += value * value / gauss_points;
      }
      for (double value : f) sum.force += value * value;
    };
  });
  Sums all;
  for (const Sums& sum : sums) {
    all.force += sum.force;
    all.stress += sum.stress;
    all.sound &= sum.sound;
  }
  return all;
}

// Forces of the tangents that `nonlinear_forces` left; voxels that do not flow have the matrices of their phases.
inline void tangent_forces(const Grid& grid, const double* matrices, const StrainMatrix& B, const Points& points,
                           const double* displacement, const double* affine, double* force, double* total,
                           std::size_t threads) {
  all_forces(grid, displacement, affine, force, total, threads, [&](std::size_t) {
    return [&](std::size_t voxel, const Element& u, Element& f) {
      const std::int64_t slot = points.slot[voxel];
      if (slot < 0 || !points.flowing[slot]) {
        product<element_size, 3>(matrices + element_size * element_size * (grid.phase[voxel] - 1), u.data(), f.data());
        return;
      }
      double strain[strain_size], stress[strain_size];
      product<element_size, 6>(B.strain, u.data(), strain);
      const double* tangent = points.tangent + packed_size * 8 * slot;
      for (int i = 0; i < 6; ++i) {
        Eight sum{};
        for (int j = 0; j < 6; ++j) sum += eight(tangent + 8 * packed(i, j)) * eight(strain + 8 * j);
        std::memcpy(stress + 8 * i, &sum, sizeof sum);
      }
      product<strain_size, 3>(B.force, stress, f.data());
    };
  });
}

// In place, the symmetric matrices (6, modes), ordered 11, 22, 33, 23, 13, 12, times the vectors (3, modes).
inline void multiply_modes(const double* matrices, std::complex<double>* vectors, std::size_t modes,
                           std::size_t threads) {
  const std::size_t count = std::max<std::size_t>(threads, 1);
  std::atomic<std::size_t> next{0};
  on_threads(count, [&] {
    for (std::size_t part; (part = next++) < count;)
      for (std::size_t k = part * modes / count; k < (part + 1) * modes / count; ++k) {
        const auto m = [&](int entry) { return matrices[entry * modes + k]; };
        const std::complex<double> a = vectors[k], b = vectors[modes + k], c = vectors[2 * modes + k];
        vectors[k] = m(0) * a + m(5) * b + m(4) * c;
        vectors[modes + k] = m(5) * a + m(1) * b + m(3) * c;
        vectors[2 * modes + k] = m(4) * a + m(3) * b + m(2) * c;
      }
  });
}

}  // namespace laminet
