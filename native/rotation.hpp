// Rotations: Euler angles, Mandel 6x6 matrices, turning stiffnesses, and the adjoint of turning as a torque.
#pragma once

#include <cmath>

#include "symmetric.hpp"

namespace laminet {

struct Vector3 {
  double v[3];
};

struct Matrix33 {
  double m[3][3];
};

inline Matrix33 multiply(const Matrix33& a, const Matrix33& b) {
  Matrix33 c{};
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 3; ++k) c.m[i][j] += a.m[i][k] * b.m[k][j];
  return c;
}

// q = X(alpha) Y(beta) Z(gamma), and the axes a_k with dq/d(angle_k) = q [a_k]x.
struct EulerRotation {
  Matrix33 q;
  Vector3 axis[3];

  EulerRotation(const double* sine, const double* cosine) {
    const double ca = cosine[0], cb = cosine[1], cg = cosine[2], sa = sine[0], sb = sine[1], sg = sine[2];
    q = {{{cb * cg, -cb * sg, sb},
          {sa * sb * cg + ca * sg, -sa * sb * sg + ca * cg, -sa * cb},
          {-ca * sb * cg + sa * sg, ca * sb * sg + sa * cg, ca * cb}}};
    axis[0] = {{cb * cg, -cb * sg, sb}};  // (Y Z)^T e1
    axis[1] = {{sg, cg, 0.0}};            // Z^T e2
    axis[2] = {{0.0, 0.0, 1.0}};
  }
};

// R (6x6), Mandel: R s is the vector of q S q^T.
template <class Real>
struct MandelRotation {
  Real r[6][6];

  MandelRotation() = default;
  explicit MandelRotation(const Matrix33& q) {
    constexpr int row[6] = {0, 1, 2, 1, 0, 0}, column[6] = {0, 1, 2, 2, 2, 1};
    const double root = std::sqrt(2.0);
    for (int i = 0; i < 6; ++i)
      for (int j = 0; j < 6; ++j) {
        const auto& m = q.m;
        double value = m[row[i]][row[j]] * m[column[i]][column[j]];
        if (j >= 3) value = (value + m[row[i]][column[j]] * m[column[i]][row[j]]) / root;
        if (i >= 3) value *= root;
        r[i][j] = static_cast<Real>(value);
      }
  }
};

// R^T C R (transposed = false) or R C R^T (transposed = true); `turned` may be C.
template <class Real, bool transposed>
inline void turn(const MandelRotation<Real>& R, const Symmetric<Real>& C, Symmetric<Real>& turned) {
  const auto r = [&](int i, int j) { return transposed ? R.r[j][i] : R.r[i][j]; };
  Symmetric<Real> result;
  for (int j = 0; j < 6; ++j) {
    Lane<Real> CR[6];
    for (int i = 0; i < 6; ++i) {
      Lane<Real> total{};
      for (int k = 0; k < 6; ++k) total += C(i, k) * r(k, j);
      CR[i] = total;
    }
    for (int i = 0; i <= j; ++i) {
      Lane<Real> total{};
      for (int k = 0; k < 6; ++k) total += r(k, i) * CR[k];
      result(i, j) = total;
    }
  }
  copy(result, turned);
}

template <class Real>
struct Torque {
  Lane<Real> v[3];
};

// Derivative of L with respect to a rotation vector w that turns the stiffness C further, q -> q (1 + [w]x), sample by
// sample: 2 sum_ij W_k(i, j) (C S)_ij with the sparse generators W_k of the Mandel rotations.
template <class Real>
inline Torque<Real> torque(const Symmetric<Real>& C, const Symmetric<Real>& S) {
  const auto CS = [&](int i, int j) {
    Lane<Real> total{};
    for (int k = 0; k < 6; ++k) total += C(i, k) * S(k, j);
    return total;
  };
  // The rotation about an axis mixes the normal components p, q of the other two with their shear s, and the
  // remaining two shears t, u.
  const auto about = [&](int p, int q, int s, int t, int u) {
    const Lane<Real> first = CS(q, s) - CS(p, s) + CS(s, p) - CS(s, q), second = CS(t, u) - CS(u, t);
    return static_cast<Real>(2.0 * std::sqrt(2.0)) * first + Real(2) * second;
  };
  return {{about(1, 2, 3, 4, 5), about(2, 0, 4, 5, 3), about(0, 1, 5, 3, 4)}};
}

}  // namespace laminet
