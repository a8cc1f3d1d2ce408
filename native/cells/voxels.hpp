// Forces of a periodic cell of voxels, each a trilinear hexahedron with eight Gauss points, without assembly.
//
// The eight numbers of a component at an element's corners are sums of eight modes, the products of 1, x, y and z: mode
// 4a + 2b + c is x^a y^b z^c. In modes the element matrix falls into blocks: the mean strain of x, y and z, which has
// the stiffness of the phase; the products of two; that of three. Eight voxels of a row are treated side by side, and a
// row's sums and differences along x and z serve both its neighbours. Displacement and force are (3, x, y, z).
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "threads.hpp"

namespace laminet {

inline constexpr int modes = 8, gauss_points = 8;

// Eight voxels, modes or Gauss points side by side.
typedef double Eight __attribute__((vector_size(64)));

inline Eight eight(const double* from) {
  Eight values;
  std::memcpy(&values, from, sizeof values);
  return values;
}

inline void put(const Eight& values, double* to) { std::memcpy(to, &values, sizeof values); }

inline double total_of(const Eight& v) { return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7])); }

struct Grid {
  std::size_t nx, ny, nz;
  const std::uint8_t* phase;    // (x, y, z), from 1
  std::array<double, 3> slope;  // 1 / (4 h) of the sides h: from unscaled modes to gradients

  std::size_t plane() const { return ny * nz; }
  std::size_t size() const { return nx * plane(); }
};

// Modes of eight voxels, or forces on them: number 8 c + mode of component c.
using Modes = std::array<Eight, 3 * modes>;

inline constexpr int X = 4, Y = 2, Z = 1;
inline constexpr std::array<int, 3> products{X + Y, Y + Z, X + Z};
inline constexpr double root_half = 0.70710678118654752440;

// Rows of a component between two planes: sums and differences along x and z, numbered like modes without y.
inline constexpr std::array<int, 4> row_modes{0, X, Z, X + Z};

// Eight numbers of a periodic row of nz, from place z on.
inline Eight wrapped(const double* row, std::size_t z, std::size_t nz) {
  if (z + 8 <= nz) return eight(row + z);
  Eight values{};
  for (int k = 0; k < 8 && z + k <= nz; ++k) values[k] = row[z + k < nz ? z + k : 0];
  return values;
}

// The sums of a row of nz nodes, by eight: `below` of the voxels above the nodes, `above` of those below them.
template <bool add>
struct RowOfNodes {
  double* row;
  std::size_t nz;
  double before = 0.0;

  void put(std::size_t z, const Eight& below, const Eight& above) {
    const Eight shifted{before, above[0], above[1], above[2], above[3], above[4], above[5], above[6]};
    const Eight values = below + shifted;
    if (z + 8 < nz) {
      laminet::put(add ? eight(row + z) + values : values, row + z);
      before = above[7];
    } else {
      for (std::size_t k = 0; z + k < nz; ++k) row[z + k] = add ? row[z + k] + values[k] : values[k];
      row[0] += above[nz - 1 - z];  // the last voxel is below the first node, too
    }
  }
};

// For the voxels of planes first ... last - 1: the elements' forces in `force`; those on plane `last` in `beyond`
// (3, y, z). `group(voxel, count, u, f)` gives the forces f of the modes u of up to eight voxels of a row.
template <class Of>
void put_forces(const Grid& grid, std::size_t first, std::size_t last, const double* displacement, double* force,
                double* beyond, Of&& group) {
  const std::size_t nz = grid.nz, plane = grid.plane(), size = grid.size(), padded = (nz + 7) / 8 * 8;
  std::vector<double> low(12 * padded), high(12 * padded), low_force(12 * padded), high_force(12 * padded);

  const auto gather = [&](std::size_t x, std::size_t y, std::vector<double>& rows) {
    for (int c = 0; c < 3; ++c) {
      const double* near = displacement + c * size + x * plane + y * nz;
      const double* far = displacement + c * size + (x + 1) % grid.nx * plane + y * nz;
      double* to = rows.data() + 4 * c * padded;
      for (std::size_t z = 0; z < padded; z += 8) {
        const Eight a = wrapped(near, z, nz), b = wrapped(near, z + 1, nz);
        const Eight d = wrapped(far, z, nz), e = wrapped(far, z + 1, nz);
        const Eight near_sum = a + b, near_slope = b - a, far_sum = d + e, far_slope = e - d;
        put(near_sum + far_sum, to + z);
        put(far_sum - near_sum, to + padded + z);
        put(near_slope + far_slope, to + 2 * padded + z);
        put(far_slope - near_slope, to + 3 * padded + z);
      }
    }
  };
  const auto scatter = [&](const double* rows, auto near, auto far) {
    for (std::size_t z = 0; z < padded; z += 8) {
      const Eight a = eight(rows + z), b = eight(rows + padded + z);
      const Eight d = eight(rows + 2 * padded + z), e = eight(rows + 3 * padded + z);
      const Eight near_sum = a - b, near_slope = d - e, far_sum = a + b, far_slope = d + e;
      near.put(z, near_sum - near_slope, near_sum + near_slope);
      far.put(z, far_sum - far_slope, far_sum + far_slope);
    }
  };
  const auto scatter_all = [&](std::size_t x, std::size_t y, bool again, const std::vector<double>& rows) {
    for (int c = 0; c < 3; ++c) {
      const double* from = rows.data() + 4 * c * padded;
      double* near = force + c * size + x * plane + y * nz;
      double* far = x + 1 == last ? beyond + c * plane + y * nz : near + plane;
      if (again)
        scatter(from, RowOfNodes<true>{near, nz}, RowOfNodes<true>{far, nz});
      else if (x == first)
        scatter(from, RowOfNodes<false>{near, nz}, RowOfNodes<false>{far, nz});
      else
        scatter(from, RowOfNodes<true>{near, nz}, RowOfNodes<false>{far, nz});
    }
  };

  Modes u, f;
  for (std::size_t x = first; x < last; ++x) {
    gather(x, 0, low);
    std::fill(low_force.begin(), low_force.end(), 0.0);
    for (std::size_t y = 0; y < grid.ny; ++y) {
      gather(x, (y + 1) % grid.ny, high);
      for (std::size_t z = 0; z < nz; z += 8) {
        for (int c = 0; c < 3; ++c)
          for (int k = 0; k < 4; ++k) {
            const std::size_t at = (4 * c + k) * padded + z;
            const Eight a = eight(low.data() + at), b = eight(high.data() + at);
            u[8 * c + row_modes[k]] = a + b;
            u[8 * c + row_modes[k] + Y] = b - a;
          }
        group(x * plane + y * nz + z, std::min<std::size_t>(8, nz - z), u, f);
        for (int c = 0; c < 3; ++c)
          for (int k = 0; k < 4; ++k) {
            const std::size_t at = (4 * c + k) * padded + z;
            const Eight sums = f[8 * c + row_modes[k]], slopes = f[8 * c + row_modes[k] + Y];
            put(eight(low_force.data() + at) + sums - slopes, low_force.data() + at);
            put(sums + slopes, high_force.data() + at);
          }
      }
      scatter_all(x, y, false, low_force);
      std::swap(low, high);
      std::swap(low_force, high_force);
    }
    scatter_all(x, 0, true, low_force);  // row ny is row 0
  }
}

// What elements add up to, by slabs; eight voxels side by side.
struct Sums {
  std::array<Eight, 6> stress{};
  Eight force{};      // squares
  bool sound = true;  // every law has a stress

  void add(const Sums& other) {
    for (int i = 0; i < 6; ++i) stress[i] += other.stress[i];
    force += other.force;
    sound &= other.sound;
  }
};

// Forces of all voxels, by threads that take slabs of planes; `made(sums)` gives the function of a slab's elements.
template <class Made>
Sums all_forces(const Grid& grid, const double* displacement, double* force, std::size_t threads, const Made& made) {
  const std::size_t count = std::clamp<std::size_t>(threads, 1, grid.nx), plane = grid.plane(), size = grid.size();
  std::vector<std::vector<double>> beyond(count, std::vector<double>(3 * plane));
  std::vector<Sums> sums(count);
  std::atomic<std::size_t> next{0};
  on_threads(count, [&] {
    for (std::size_t slab; (slab = next++) < count;) {
      const std::size_t first = slab * grid.nx / count, last = (slab + 1) * grid.nx / count;
      put_forces(grid, first, last, displacement, force, beyond[slab].data(), made(sums[slab]));
    }
  });
  Sums all;
  for (std::size_t slab = 0; slab < count; ++slab) {
    const std::size_t last = (slab + 1) * grid.nx / count % grid.nx;
    for (int c = 0; c < 3; ++c)
      for (std::size_t k = 0; k < plane; ++k) force[c * size + last * plane + k] += beyond[slab][c * plane + k];
    all.add(sums[slab]);
  }
  return all;
}

// What elements of a linear phase need: stiffness and the blocks of the modes of two and of three.
struct Blocks {
  double mean[6][6], two[9][9], three[3][3];  // of `two`: by product, then by component
};

// Phases of up to eight voxels side by side, zero for those that are left out.
using Phases = std::array<std::uint8_t, 8>;

// Adds forces and stresses of the voxels whose phase is not zero: phase by phase, of which most groups have one.
inline void add_linear(const Grid& grid, const Blocks* blocks, const double* macro, Phases phases, const Modes& u,
                       Modes& f, std::array<Eight, 6>& stress) {
  const auto [p, q, s] = grid.slope;
  const Eight* v = u.data() + modes;
  const Eight* w = v + modes;
  const std::array<Eight, 6> strain{
      p * u[X] + macro[0],
      q * v[Y] + macro[1],
      s * w[Z] + macro[2],
      root_half * (s * v[Z] + q * w[Y]) + macro[3],
      root_half * (s * u[Z] + p * w[X]) + macro[4],
      root_half * (q * u[Y] + p * v[X]) + macro[5],
  };
  std::array<Eight, 6> total{};
  const auto add = [&](const Blocks& block, const auto& of) {
    std::array<Eight, 9> in;
    for (int i = 0; i < 6; ++i) in[i] = of(strain[i]);
    for (int i = 0; i < 6; ++i)
      for (int j = 0; j < 6; ++j) total[i] += block.mean[i][j] * in[j];
    for (int k = 0; k < 9; ++k) in[k] = of(u[8 * (k % 3) + products[k / 3]]);
    for (int i = 0; i < 9; ++i) {
      Eight sum = block.two[i][0] * in[0];
      for (int j = 1; j < 9; ++j) sum += block.two[i][j] * in[j];
      f[8 * (i % 3) + products[i / 3]] += sum;
    }
    for (int c = 0; c < 3; ++c) in[c] = of(u[8 * c + X + Y + Z]);
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) f[8 * i + X + Y + Z] += block.three[i][j] * in[j];
  };
  for (int k = 0; k < 8;) {
    const std::uint8_t phase = phases[k];
    const int alike = std::count(phases.begin(), phases.end(), phase);
    if (phase && alike == 8) {
      add(blocks[phase - 1], [](const Eight& each) { return each; });
      break;
    }
    if (phase) {
      Eight part;
      for (int place = 0; place < 8; ++place) part[place] = phases[place] == phase;
      add(blocks[phase - 1], [&](const Eight& each) { return part * each; });
      std::replace(phases.begin(), phases.end(), phase, std::uint8_t{0});
    }
    while (k < 8 && !phases[k]) ++k;
  }
  for (int i = 0; i < 6; ++i) stress[i] += total[i];
  f[X] += p * total[0];
  f[8 + Y] += q * total[1];
  f[16 + Z] += s * total[2];
  f[8 + Z] += root_half * s * total[3];
  f[16 + Y] += root_half * q * total[3];
  f[Z] += root_half * s * total[4];
  f[16 + X] += root_half * p * total[4];
  f[Y] += root_half * q * total[5];
  f[8 + X] += root_half * p * total[5];
}

inline Phases phases_of(const Grid& grid, std::size_t voxel, std::size_t count) {
  Phases phases{};
  std::copy_n(grid.phase + voxel, count, phases.begin());
  return phases;
}

// Elements of linear phases; `macro` is the macroscopic strain. Gives the sum of their stresses, too.
inline Sums linear_forces(const Grid& grid, const Blocks* blocks, const double* displacement, const double* macro,
                          double* force, std::size_t threads) {
  return all_forces(grid, displacement, force, threads, [&](Sums& sums) {
    return [&](std::size_t voxel, std::size_t count, const Modes& u, Modes& f) {
      f = Modes{};
      add_linear(grid, blocks, macro, phases_of(grid, voxel, count), u, f, sums.stress);
    };
  });
}

}  // namespace laminet
