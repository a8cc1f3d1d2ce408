// The numbers of a material point, and the affine laws sigma = C eps + s of its nodes. There are two kinds: one point
// with its six components side by side, and a group of points with one in each place of a lane. Block, laws and
// iteration are written once for both kinds.
#pragma once

#include "block/symmetric.hpp"
#include "lane/vectors.hpp"

namespace laminet {

// One point. A column of a law is all seven of them, Whole.
struct Single {
  using Number = double;
  using Mask = bool;
  using Vector = Row;  // strain or stress
  using State = Row;   // of a law: a strain (6) and one more number
  using Sum = Row;     // of products, to be totalled
  using Tangent = Rows;
  using Law = Rows;
};

// Affine laws of a group.
template <class Moduli>
struct GroupLaw {
  using Number = Lane;
  using Column = Lane;
  using Columns = Lanes<7>;
  static constexpr bool whole = false, triangle = Moduli::triangle;
  static constexpr int columns = 7;

  Moduli C;
  Lanes<6> s;

  template <int j>
  const Lane& operator()(int i, Index<j>) const {
    if constexpr (j == 6)
      return s[i];
    else
      return C(i, j);
  }
  template <int j>
  Lane& operator()(int i, Index<j> column) {
    return const_cast<Lane&>(std::as_const(*this)(i, column));
  }
};

// `Moduli`: Symmetric, or Full where tangents are not symmetric.
template <class Moduli>
struct GroupOf {
  static constexpr int points = width;
  using Number = Lane;
  using Mask = LaneMask;
  using Vector = Lanes<6>;
  using State = Lanes<7>;
  using Sum = Lane;
  using Tangent = Moduli;
  using Law = GroupLaw<Moduli>;

  // `count` numbers from `place` on of every point's, which begin at from[0], ..., and to those of the points in
  // `done`.
  template <int count>
  static Lanes<count> gather(const double* const* from, std::size_t place) {
    Lanes<count> lanes;
    for (int k = 0; k < count; ++k)
      for (int point = 0; point < points; ++point) lanes[k][point] = from[point][place + k];
    return lanes;
  }
  template <int count>
  static void scatter(const Lanes<count>& lanes, double* const* to, std::size_t place, const LaneMask& done) {
    for (int point = 0; point < points; ++point)
      if (done[point])
        for (int k = 0; k < count; ++k) to[point][place + k] = lanes[k][point];
  }
};

using Group = GroupOf<Symmetric>;

// One of its kind in each place of a lane.
template <class One>
using Places = std::array<const One*, width>;

// A part of each of them.
template <class One, class Part>
inline Places<Part> parts_of(const Places<One>& places, Part One::* part) {
  Places<Part> parts;
  for (int place = 0; place < width; ++place) parts[place] = &(places[place]->*part);
  return parts;
}

// A number of each of them.
template <class One>
inline Lane lane_of(const Places<One>& places, double One::* number) {
  Lane lane;
  for (int place = 0; place < width; ++place) lane[place] = places[place]->*number;
  return lane;
}

// The parts of an affine law.
inline Rows& stiffness_of(Rows& law) { return law; }
template <class Moduli>
inline Moduli& stiffness_of(GroupLaw<Moduli>& law) {
  return law.C;
}
inline double entry(const Rows& law, int i, int j) { return law.row[i][j]; }
template <class Moduli>
inline const Lane& entry(const GroupLaw<Moduli>& law, int i, int j) {
  return law.C(i, j);
}
inline void set_residual(Rows& law, const Row& s) {
  for (int i = 0; i < 6; ++i) law.row[i].set(6, s[i]);
}
template <class Moduli>
inline void set_residual(GroupLaw<Moduli>& law, const Lanes<6>& s) {
  law.s = s;
}

// Where all entries of a stiffness are finite.
inline bool finite(const Rows& C) {
  bool all = true;
  for (const Row& row : C.row) all &= finite(row);
  return all;
}
template <class Moduli>
  requires requires { Moduli::triangle; }
inline LaneMask finite(const Moduli& C) {
  LaneMask mask = LaneMask{} == LaneMask{};
  for (const Lane& entry : C.entry) mask &= finite(entry);
  return mask;
}

// Sum of the normal components; the vector with x added to each of them.
inline auto trace(const Parts auto& a) { return a[0] + a[1] + a[2]; }
inline Row plus_normal(const Row& a, double x) { return a + x * Row{1.0, 1.0, 1.0}; }
inline Lanes<6> plus_normal(Lanes<6> a, const Lane& x) {
  for (int k = 0; k < 3; ++k) a[k] += x;
  return a;
}

// Entry of lame 1 1^T + two_g I.
inline Row isotropic(int i, Whole, double lame, double two_g) {
  return i < 3 ? plus_normal(two_g * unit_row[i], lame) : two_g * unit_row[i];
}
template <int i, int j>
inline Lane isotropic(Index<i>, Index<j>, const Lane& lame, const Lane& two_g) {
  if constexpr (i == j)
    return j < 3 ? lame + two_g : two_g;
  else
    return i < 3 && j < 3 ? lame : Lane{};
}

// A state from its strain and its number, and its strain.
inline Row joined(const Row& strain, double number) { return strain + number * unit_place; }
inline Lanes<7> joined(const Lanes<6>& e, const Lane& number) { return {e[0], e[1], e[2], e[3], e[4], e[5], number}; }
inline Row strain_of(const Row& state) { return state * Row{1.0, 1.0, 1.0, 1.0, 1.0, 1.0}; }
inline Lanes<6> strain_of(const Lanes<7>& a) { return {a[0], a[1], a[2], a[3], a[4], a[5]}; }

// Adds weight a . b, in full only when totalled.
inline void add_product(Row& sum, double weight, const Row& a, const Row& b) { sum += weight * (a * b); }
inline void add_product(Lane& sum, double weight, const Lanes<6>& a, const Lanes<6>& b) { sum += weight * dot(a, b); }
inline Lane total(const Lane& sum) { return sum; }

// C x for a symmetric C.
inline Lanes<6> combined(const Symmetric& C, const Lanes<6>& x) {
  Lanes<6> result;
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 6; ++j) result[i] += C(i, j) * x[j];
  return result;
}

// Y [eps | 1].
inline double applied(const Row& Y, const Row& strain) { return dot(Y, strain + unit_place); }
inline Lane applied(const Lanes<7>& Y, const Lanes<6>& strain) { return Y[6] + dot(strain_of(Y), strain); }

}  // namespace laminet
