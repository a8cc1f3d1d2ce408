// Rotations: Euler angles, Mandel 6x6 matrices, turning stiffnesses, and the adjoint of turning as a torque.
#pragma once

#include <cmath>

#include "block/symmetric.hpp"

namespace laminet {

// Of numbers, or of lanes of numbers: as many matrices at once.
template <class Value>
using Matrix33 = std::array<std::array<Value, 3>, 3>;

template <class Value>
inline Matrix33<Value> multiply(const Matrix33<Value>& a, const Matrix33<Value>& b) {
  Matrix33<Value> c{};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 3; ++k) c[i][j] += a[i][k] * b[k][j];
  return c;
}

// q = X(alpha) Y(beta) Z(gamma) from the sines and cosines of the angles.
template <class Value>
struct EulerRotation {
  Matrix33<Value> q;
  Value sine, cosine;  // of gamma

  EulerRotation() = default;
  EulerRotation(const Value* s, const Value* c) : sine(s[2]), cosine(c[2]) {
    const Value ca = c[0], cb = c[1], cg = c[2], sa = s[0], sb = s[1], sg = s[2];
    q = {{{cb * cg, -cb * sg, sb},
          {sa * sb * cg + ca * sg, -sa * sb * sg + ca * cg, -sa * cb},
          {-ca * sb * cg + sa * sg, ca * sb * sg + sa * cg, ca * cb}}};
  }

  // The part of a torque about the axis a_k with dq/d(angle_k) = q [a_k]x: (Y Z)^T e1, Z^T e2 or e3.
  Value about_axis(int k, const Value* torque) const {
    if (k == 0) return q[0][0] * torque[0] + q[0][1] * torque[1] + q[0][2] * torque[2];
    return k == 1 ? sine * torque[0] + cosine * torque[1] : torque[2];
  }
};

// R (6x6), Mandel: R s is the vector of q S q^T.
struct MandelRotation {
  double r[6][6];

  MandelRotation() = default;
  explicit MandelRotation(const Matrix33<double>& q) {
    constexpr int row[6] = {0, 1, 2, 1, 0, 0}, column[6] = {0, 1, 2, 2, 2, 1};
    const double root = std::sqrt(2.0);
    for (int i = 0; i < 6; ++i)
      for (int j = 0; j < 6; ++j) {
        double value = q[row[i]][row[j]] * q[column[i]][column[j]];
        if (j >= 3) value = (value + q[row[i]][column[j]] * q[column[i]][row[j]]) / root;
        if (i >= 3) value *= root;
        r[i][j] = value;
      }
  }
};

// R^T C R (transposed = false) or R C R^T (transposed = true); `turned` may be C.
template <bool transposed>
inline void turn(const MandelRotation& R, const Symmetric& C, Symmetric& turned) {
  const auto r = [&](int i, int j) { return transposed ? R.r[j][i] : R.r[i][j]; };
  Symmetric result;
  for (int j = 0; j < 6; ++j) {
    Lane CR[6];
    for (int i = 0; i < 6; ++i) {
      Lane total{};
      for (int k = 0; k < 6; ++k) total += C(i, k) * r(k, j);
      CR[i] = total;
    }
    for (int i = 0; i <= j; ++i) {
      Lane total{};
      for (int k = 0; k < 6; ++k) total += r(k, i) * CR[k];
      result(i, j) = total;
    }
  }
  copy(result, turned);
}

// Derivative of L, sample by sample, with respect to a rotation vector w that turns the stiffness C further by
// q -> q (1 + [w]x). It is 2 sum_ij W_k(i, j) (C S)_ij with the sparse generators W_k of the Mandel rotations.
inline std::array<Lane, 3> torque(const Symmetric& C, const Symmetric& S) {
  const auto CS = [&](int i, int j) {
    Lane total{};
    for (int k = 0; k < 6; ++k) total += C(i, k) * S(k, j);
    return total;
  };
  // The rotation about an axis mixes the normal components p, q of the other two with their shear s, and the
  // remaining two shears t, u.
  const auto about = [&](int p, int q, int s, int t, int u) {
    const Lane first = CS(q, s) - CS(p, s) + CS(s, p) - CS(s, q), second = CS(t, u) - CS(u, t);
    return 2.0 * std::sqrt(2.0) * first + 2.0 * second;
  };
  return {about(1, 2, 3, 4, 5), about(2, 0, 4, 5, 3), about(0, 1, 5, 3, 4)};
}

}  // namespace laminet
