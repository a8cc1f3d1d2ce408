// Symmetric 6x6 matrices of lanes in Mandel notation (11, 22, 33, 23, 13, 12), upper triangle packed row by row.
#pragma once

#include <array>

#include "lane/lane.hpp"
#include "lane/unrolled.hpp"

namespace laminet {

inline constexpr int packed_size = 21;

// Place of entry (i, j) in the packed upper triangle.
constexpr int packed(int i, int j) {
  if (i > j) {
    const int k = i;
    i = j;
    j = k;
  }
  return i * 6 - i * (i - 1) / 2 + (j - i);
}

struct Symmetric {
  using Number = Lane;
  using Column = Lane;  // what stands in one row and one column
  using Columns = std::array<Lane, 6>;
  static constexpr bool whole = false, triangle = true;
  static constexpr int columns = 6;

  Lane entry[packed_size];

  const Lane& operator()(int i, int j) const { return entry[packed(i, j)]; }
  Lane& operator()(int i, int j) { return entry[packed(i, j)]; }
};

// Entry by entry: a copy of the whole would be a call of memmove, by way of memory.
[[gnu::flatten]] inline void copy(const Symmetric& from, Symmetric& to) {
  each<packed_size>([&](auto k) { to.entry[k] = from.entry[k]; });
}

using Matrix36 = std::array<Symmetric::Columns, 3>;

using Matrix66 = std::array<Symmetric::Columns, 6>;

// sum_ij A_ij B_ij.
inline Lane contract(const Symmetric& a, const Symmetric& b) {
  Lane diagonal{}, rest{};
  for (int i = 0; i < 6; ++i) {
    diagonal += a(i, i) * b(i, i);
    for (int j = i + 1; j < 6; ++j) rest += a(i, j) * b(i, j);
  }
  return diagonal + 2.0 * rest;
}

// A B A.
inline Symmetric sandwich(const Symmetric& a, const Symmetric& b) {
  Matrix66 ba{};
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 6; ++j)
      for (int k = 0; k < 6; ++k) ba[i][j] += b(i, k) * a(k, j);
  Symmetric result{};
  for (int i = 0; i < 6; ++i)
    for (int j = i; j < 6; ++j)
      for (int k = 0; k < 6; ++k) result(i, j) += a(i, k) * ba[k][j];
  return result;
}

// Inverse of a positive definite matrix: the steps of Gauss and Jordan, in its place, make it its negative inverse.
[[gnu::flatten]] inline Symmetric inverse(Symmetric a) {
  each<6>([&](auto k) {
    const Lane pivot_inverse = 1.0 / a(k, k);
    Lane column[6];
    each<6>([&](auto i) { column[i] = a(i, k); });
    each_pair<6>([&](auto i, auto j) {
      if constexpr (i != k && j != k) a(i, j) -= column[i] * pivot_inverse * column[j];
    });
    each<6>([&](auto i) { a(i, k) = i == k ? -pivot_inverse : column[i] * pivot_inverse; });
  });
  for (Lane& entry : a.entry) entry = -entry;
  return a;
}

}  // namespace laminet
