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
  static constexpr bool whole = false;
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

// Inverse of a positive definite matrix by its factors L D L^T, which need no square root.
inline Symmetric inverse(const Symmetric& a) {
  Matrix66 lower{}, unit_inverse{};
  Lane pivot_inverse[6];
  for (int j = 0; j < 6; ++j) {
    Lane pivot = a(j, j);
    Lane scaled[6]{};
    for (int k = 0; k < j; ++k) {
      scaled[k] = lower[j][k] / pivot_inverse[k];
      pivot -= lower[j][k] * scaled[k];
    }
    pivot_inverse[j] = 1.0 / pivot;
    for (int i = j + 1; i < 6; ++i) {
      Lane total = a(i, j);
      for (int k = 0; k < j; ++k) total -= lower[i][k] * scaled[k];
      lower[i][j] = total * pivot_inverse[j];
    }
  }
  for (int i = 0; i < 6; ++i) {
    unit_inverse[i][i] = broadcast(1.0);
    for (int j = 0; j < i; ++j) {
      Lane total = -lower[i][j];
      for (int k = j + 1; k < i; ++k) total -= lower[i][k] * unit_inverse[k][j];
      unit_inverse[i][j] = total;
    }
  }
  Symmetric result;
  for (int i = 0; i < 6; ++i)
    for (int j = i; j < 6; ++j) {
      Lane total{};
      for (int k = j; k < 6; ++k) total += unit_inverse[k][i] * pivot_inverse[k] * unit_inverse[k][j];
      result(i, j) = total;
    }
  return result;
}

}  // namespace laminet
