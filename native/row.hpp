// The six Mandel components of one vector side by side in one vector, with two more places: a material point has too few
// nodes for lanes across nodes, but its 6x6 algebra fills a register row by row.
//
// Place 6 makes vectors homogeneous: the affine law sigma = C eps + s is the six rows [C | s], acting on [eps | 1].
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>

#include "lane.hpp"

namespace laminet {

// Registers of the target side by side: a wider vector type would be passed through memory piece by piece.
class Row {
  static constexpr int width = laminet::width, count = 8 / width;
  using Part = Lane;
  Part part[count]{};

  template <std::size_t... k, std::size_t... place>
  constexpr Row(const double (&a)[8], std::index_sequence<k...>, std::index_sequence<place...> places)
      : part{of(a + k * width, places)...} {}

  template <std::size_t... place>
  static constexpr Part of(const double* a, std::index_sequence<place...>) {
    return Part{a[place]...};
  }

 public:
  constexpr Row() = default;
  constexpr Row(double a0, double a1, double a2 = 0.0, double a3 = 0.0, double a4 = 0.0, double a5 = 0.0,
                double a6 = 0.0, double a7 = 0.0)
      : Row({a0, a1, a2, a3, a4, a5, a6, a7}, std::make_index_sequence<count>{}, std::make_index_sequence<width>{}) {}

  constexpr double operator[](int k) const { return part[k / width][k % width]; }
  void set(int k, double number) { part[k / width][k % width] = number; }

  Row& operator+=(const Row& b) {
    for (int k = 0; k < count; ++k) part[k] += b.part[k];
    return *this;
  }
  Row& operator-=(const Row& b) {
    for (int k = 0; k < count; ++k) part[k] -= b.part[k];
    return *this;
  }
  Row& operator*=(const Row& b) {
    for (int k = 0; k < count; ++k) part[k] *= b.part[k];
    return *this;
  }
  Row& operator*=(double b) {
    for (int k = 0; k < count; ++k) part[k] *= b;
    return *this;
  }
  Row& operator/=(double b) {
    for (int k = 0; k < count; ++k) part[k] /= b;
    return *this;
  }

  friend Row operator+(Row a, const Row& b) { return a += b; }
  friend Row operator-(Row a, const Row& b) { return a -= b; }
  friend Row operator*(Row a, const Row& b) { return a *= b; }
  friend Row operator*(Row a, double b) { return a *= b; }
  friend Row operator*(double b, Row a) { return a *= b; }
  friend Row operator/(Row a, double b) { return a /= b; }

  // Sum of the places, in the same order whatever the registers' width.
  friend double total(const Row& a) {
    Part parts[count];
    for (int k = 0; k < count; ++k) parts[k] = a.part[k];
    for (int half = count / 2; half > 0; half /= 2)
      for (int k = 0; k < half; ++k) parts[k] += parts[k + half];
    double places[width];
    for (int k = 0; k < width; ++k) places[k] = parts[0][k];
    for (int half = width / 2; half > 0; half /= 2)
      for (int k = 0; k < half; ++k) places[k] += places[k + half];
    return places[0];
  }
};

inline constexpr Row unit_place{0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0};  // [0 | 1]

// A 6x6 matrix, or an affine law [C | s].
struct Rows {
  Row row[6];
};

inline double dot(const Row& a, const Row& b) { return total(a * b); }

inline double norm(const Row& a) { return std::sqrt(dot(a, a)); }

// A^T x, which for symmetric A is A x.
inline Row combined(const Rows& A, const Row& x) {
  Row sum = A.row[0] * x[0];
  for (int k = 1; k < 6; ++k) sum += A.row[k] * x[k];
  return sum;
}

// A x; place 6 of x counts too.
inline Row product(const Rows& A, const Row& x) {
  const auto& a = A.row;
  return Row{dot(a[0], x), dot(a[1], x), dot(a[2], x), dot(a[3], x), dot(a[4], x), dot(a[5], x)};
}

// [R^T C R | R^T s] of a law [C | s] (Eq. 6, and Eq. 12 with the rotation that is consistent with it).
inline Rows turned_back(const Rows& R, const Rows& law) {
  Rows right, turned;
  for (int i = 0; i < 6; ++i) right.row[i] = combined(R, law.row[i]) + law.row[i][6] * unit_place;
  for (int i = 0; i < 6; ++i) {
    turned.row[i] = R.row[0][i] * right.row[0];
    for (int k = 1; k < 6; ++k) turned.row[i] += R.row[k][i] * right.row[k];
  }
  return turned;
}

// Whether all entries are finite.
inline bool finite(const Row* rows, std::size_t count) {
  Row zero{};
  for (std::size_t k = 0; k < count; ++k) zero += 0.0 * rows[k];
  return total(zero) == 0.0;
}

// Six numbers of an array as a row, and back.
inline Row load(const double* from) { return Row{from[0], from[1], from[2], from[3], from[4], from[5]}; }

inline void store(const Row& row, double* to, int count = 6) {
  for (int k = 0; k < count; ++k) to[k] = row[k];
}

}  // namespace laminet
