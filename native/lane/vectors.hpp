// Vectors of a few lanes, processed place by place. They hold the components of several points, one lane for each
// component, or the six components of one point. A material point has too few nodes for lanes across nodes.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include "lane/functions.hpp"
#include "lane/unrolled.hpp"

namespace laminet {

template <class V>
concept Parts = requires(V v) { v.part[V::parts - 1]; };

// Place by place, with another vector or with a number.
template <Parts V, class Operation>
inline V each_part(V a, const V& b, const Operation& operation) {
  for (int k = 0; k < V::parts; ++k) a.part[k] = operation(a.part[k], b.part[k]);
  return a;
}
inline auto operator+(const Parts auto& a, const Parts auto& b) { return each_part(a, b, std::plus{}); }
inline auto operator-(const Parts auto& a, const Parts auto& b) { return each_part(a, b, std::minus{}); }
template <Parts V>
inline V operator*(const V& a, const V& b) {
  return each_part(a, b, std::multiplies{});
}
template <class Number, Parts V>
inline V operator*(const Number& b, V a) {
  for (Lane& part : a.part) part *= b;
  return a;
}
inline auto& operator+=(Parts auto& a, const Parts auto& b) { return a = a + b; }
inline auto& operator-=(Parts auto& a, const Parts auto& b) { return a = a - b; }

// So many numbers of several points, a lane of points for each.
template <int count>
struct Lanes {
  static constexpr int parts = count;
  Lane part[count]{};

  const Lane& operator[](int k) const { return part[k]; }
  Lane& operator[](int k) { return part[k]; }
};

template <int count>
inline Lane dot(const Lanes<count>& a, const Lanes<count>& b) {
  Lane sum{};
  for (int k = 0; k < count; ++k) sum += a[k] * b[k];
  return sum;
}

template <int count>
inline Lanes<count> select(const LaneMask& mask, Lanes<count> yes) {
  for (Lane& lane : yes.part) lane = select(mask, lane, Lane{});
  return yes;
}

// The six components of one point and two more places, in as many registers of the target as that takes: a wider vector
// type would be passed through memory piece by piece.
//
// Place 6 makes vectors homogeneous: the affine law sigma = C eps + s is the six rows [C | s], acting on [eps | 1].
struct Row {
  static constexpr int parts = 8 / width;
  Lane part[parts]{};

  constexpr Row() = default;
  constexpr Row(double a0, double a1, double a2 = 0.0, double a3 = 0.0, double a4 = 0.0, double a5 = 0.0,
                double a6 = 0.0, double a7 = 0.0) noexcept
      : Row({a0, a1, a2, a3, a4, a5, a6, a7}, std::make_index_sequence<parts>{}, std::make_index_sequence<width>{}) {}

  double operator[](int k) const { return part[k / width][k % width]; }
  const Row& operator[](Whole) const { return *this; }
  Row& operator[](Whole) { return *this; }
  void set(int k, double number) { part[k / width][k % width] = number; }

 private:
  template <std::size_t... k, std::size_t... place>
  constexpr Row(const double (&a)[8], std::index_sequence<k...>, std::index_sequence<place...> places) noexcept
      : part{of(a + k * width, places)...} {}

  template <std::size_t... place>
  static constexpr Lane of(const double* a, std::index_sequence<place...>) noexcept {
    return Lane{a[place]...};
  }
};

inline const Row unit_row[6] = {{1, 0}, {0, 1}, {0, 0, 1}, {0, 0, 0, 1}, {0, 0, 0, 0, 1}, {0, 0, 0, 0, 0, 1}};
inline const Row unit_place{0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0};  // [0 | 1]

// Sum of the places, in the same order whatever the registers' width.
inline double total(Row a) {
  for (int half = Row::parts / 2; half > 0; half /= 2)
    for (int k = 0; k < half; ++k) a.part[k] += a.part[k + half];
  return sum(a.part[0]);
}

inline double dot(const Row& a, const Row& b) { return total(a * b); }

inline Row select(bool mask, const Row& yes) { return mask ? yes : Row{}; }

inline auto norm(const Parts auto& a) { return square_root(dot(a, a)); }

inline Row broadcast(const Row& row) { return row; }

// A 6x6 matrix, or an affine law [C | s].
struct Rows {
  using Number = double;
  using Column = Row;  // Whole
  using Columns = Row;
  static constexpr bool whole = true;

  Row row[6];

  const Row& operator()(int i, Whole) const { return row[i]; }
  Row& operator()(int i, Whole) { return row[i]; }
};

// A^T x, which for symmetric A is A x.
template <Parts V>
inline V combined(const Rows& A, const V& x) {
  V sum{};
  for (int i = 0; i < 6; ++i)
    for (int k = 0; k < 6; ++k) sum[i] += A.row[k][i] * x[k];
  return sum;
}
template <>
inline Row combined(const Rows& A, const Row& x) {
  Row sum = x[0] * A.row[0];
  for (int k = 1; k < 6; ++k) sum += x[k] * A.row[k];
  return sum;
}

// A x; place 6 of x counts too.
inline Row product(const Rows& A, const Row& x) {
  const auto& a = A.row;
  return Row{dot(a[0], x), dot(a[1], x), dot(a[2], x), dot(a[3], x), dot(a[4], x), dot(a[5], x)};
}
inline Lanes<6> product(const Rows& A, const Lanes<6>& x) {
  Lanes<6> result;
  for (int i = 0; i < 6; ++i)
    for (int k = 0; k < 6; ++k) result[i] += A.row[i][k] * x[k];
  return result;
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

inline bool finite(const Row& row) { return total(0.0 * row) == 0.0; }

// Six numbers of an array as a row, and back; 36 as rows.
inline Row load(const double* from) { return Row{from[0], from[1], from[2], from[3], from[4], from[5]}; }

inline void store(const Row& row, double* to, int count = 6) {
  for (int k = 0; k < count; ++k) to[k] = row[k];
}

inline Rows load_rows(const double* from) {
  Rows result;
  for (int i = 0; i < 6; ++i) result.row[i] = load(from + 6 * i);
  return result;
}

}  // namespace laminet
