// The building block: the laminate of two stiffnesses (Eqs. 20 - 22 of the paper) and its adjoint.
//
// With D = C2 - C1, Chat = f2 C1 + f1 C2, M = H^T Chat H, Y = M^-1 H^T D:
//   C = f1 C1 + f2 C2 - f1 f2 D H Y.
// For a symmetric cotangent S of C (dL = sum_ij S_ij dC_ij), with T = Y S, P = T Y^T, K = Y H:
//   dL/dC1 = f1 [S + f2 (H T + T^T H^T) + f2^2 H P H^T],
//   dL/dC2 = f2 [S - f1 (H T + T^T H^T) + f1^2 H P H^T],
//   dL/dH  = 2 f1 f2 [Chat H P - D T^T],
//   dL/df1 = -S:D + (f1 - f2) tr(M P) + f1 f2 tr(M K P).
// They follow from the stationarity of the energy in the jump vector; nothing is differentiated through M^-1.
#pragma once

#include <cmath>

#include "symmetric.hpp"

namespace laminet {

inline constexpr double half_sqrt = 0.70710678118654752440;  // sqrt(1/2)

// H(n) of any unit normal, the same for all samples.
template <class Real>
struct AnyNormal {
  Real n[3], s[3];  // n and n / sqrt(2)

  explicit AnyNormal(const double* normal) {
    for (int k = 0; k < 3; ++k) {
      n[k] = static_cast<Real>(normal[k]);
      s[k] = static_cast<Real>(normal[k] * half_sqrt);
    }
  }

  // H^T x for x(i), i = 0 ... 5: the traction.
  template <class Vector>
  void traction(const Vector& x, Lane<Real>* t) const {
    t[0] = n[0] * x(0) + s[2] * x(4) + s[1] * x(5);
    t[1] = n[1] * x(1) + s[2] * x(3) + s[0] * x(5);
    t[2] = n[2] * x(2) + s[1] * x(3) + s[0] * x(4);
  }

  // H t: the strain of a jump.
  void strain(const Lane<Real>* t, Lane<Real>* x) const {
    x[0] = n[0] * t[0];
    x[1] = n[1] * t[1];
    x[2] = n[2] * t[2];
    x[3] = s[2] * t[1] + s[1] * t[2];
    x[4] = s[2] * t[0] + s[0] * t[2];
    x[5] = s[1] * t[0] + s[0] * t[1];
  }
};

// H(e3), the interface of a literal DMN.
template <class Real>
struct Axis3 {
  static constexpr Real s = static_cast<Real>(half_sqrt);

  explicit Axis3(const double*) {}

  template <class Vector>
  void traction(const Vector& x, Lane<Real>* t) const {
    t[0] = s * x(4);
    t[1] = s * x(3);
    t[2] = x(2);
  }

  void strain(const Lane<Real>* t, Lane<Real>* x) const {
    x[0] = x[1] = x[5] = Lane<Real>{};
    x[2] = t[2];
    x[3] = s * t[1];
    x[4] = s * t[0];
  }
};

// What the adjoint needs of a block's forward pass.
template <class Real>
struct BlockMemory {
  Matrix36<Real> Y;
  Lane<Real> M[6];  // 00, 11, 22, 12, 02, 01
};

constexpr int acoustic(int a, int b) { return a == b ? a : 6 - a - b; }

// H^T A (3x6) of a symmetric A.
template <class Real, class Interface>
inline void tractions(const Interface& H, const Symmetric<Real>& A, Matrix36<Real>& HtA) {
  for (int j = 0; j < 6; ++j) {
    Lane<Real> t[3];
    H.traction([&](int i) { return A(i, j); }, t);
    for (int a = 0; a < 3; ++a) HtA[a][j] = t[a];
  }
}

// C (21) from C1 and C2 (21 each), fractions f1 + f2 = 1; fills `memory` (18 + 6).
template <class Real, class Interface>
inline void laminate_forward(const Symmetric<Real>& C1, const Symmetric<Real>& C2, double fraction, const Interface& H,
                             Symmetric<Real>& C, BlockMemory<Real>& memory) {
  const Real f1 = static_cast<Real>(fraction), f2 = static_cast<Real>(1.0 - fraction);
  Matrix36<Real> HtD, HtChat;
  {
    Symmetric<Real> D, Chat;
    for (int k = 0; k < packed_size; ++k) {
      D.entry[k] = C2.entry[k] - C1.entry[k];
      Chat.entry[k] = C1.entry[k] + f1 * D.entry[k];
    }
    tractions(H, D, HtD);
    tractions(H, Chat, HtChat);
  }
  Lane<Real>* M = memory.M;
  for (int a = 0; a < 3; ++a) {
    Lane<Real> t[3];
    H.traction([&](int i) { return HtChat[a][i]; }, t);
    for (int b = a; b < 3; ++b) M[acoustic(a, b)] = t[b];
  }
  Lane<Real> inverse[6];
  inverse[0] = M[1] * M[2] - M[3] * M[3];
  inverse[1] = M[0] * M[2] - M[4] * M[4];
  inverse[2] = M[0] * M[1] - M[5] * M[5];
  inverse[3] = M[4] * M[5] - M[0] * M[3];
  inverse[4] = M[3] * M[5] - M[1] * M[4];
  inverse[5] = M[3] * M[4] - M[2] * M[5];
  const Lane<Real> determinant = Real(1) / (M[0] * inverse[0] + M[5] * inverse[5] + M[4] * inverse[4]);
  for (auto& entry : inverse) entry *= determinant;
  for (int j = 0; j < 6; ++j)
    for (int a = 0; a < 3; ++a)
      memory.Y[a][j] = inverse[acoustic(a, 0)] * HtD[0][j] + inverse[acoustic(a, 1)] * HtD[1][j] +
                       inverse[acoustic(a, 2)] * HtD[2][j];
  const Real both = f1 * f2;
  for (int i = 0; i < 6; ++i)
    for (int j = i; j < 6; ++j) {
      const Lane<Real> relaxed =
          HtD[0][i] * memory.Y[0][j] + HtD[1][i] * memory.Y[1][j] + HtD[2][i] * memory.Y[2][j];
      C(i, j) = f1 * C1(i, j) + f2 * C2(i, j) - both * relaxed;
    }
}

// Sums over the samples that a block contributes to the gradient.
struct BlockGradient {
  double normal[3];
  double fraction;
};

// Cotangents of C1 and C2 (either may be null: not wanted) and, summed over the samples, of n and f1.
// S1 and S2 may be the memory of C1 and C2 themselves: both are read before either is written.
template <class Real, class Interface>
inline void laminate_adjoint(const Symmetric<Real>& C1, const Symmetric<Real>& C2, double fraction, const Interface& H,
                             const BlockMemory<Real>& memory, const Symmetric<Real>& S, Symmetric<Real>* S1,
                             Symmetric<Real>* S2, BlockGradient& gradient) {
  const Real f1 = static_cast<Real>(fraction), f2 = static_cast<Real>(1.0 - fraction);
  const Matrix36<Real>& Y = memory.Y;
  const Lane<Real>* M = memory.M;
  Matrix36<Real> T;
  for (int a = 0; a < 3; ++a)
    for (int j = 0; j < 6; ++j) {
      Lane<Real> total{};
      for (int i = 0; i < 6; ++i) total += Y[a][i] * S(i, j);
      T[a][j] = total;
    }
  Lane<Real> P[6];
  for (int a = 0; a < 3; ++a)
    for (int b = a; b < 3; ++b) {
      Lane<Real> total{};
      for (int i = 0; i < 6; ++i) total += T[a][i] * Y[b][i];
      P[acoustic(a, b)] = total;
    }
  Symmetric<Real> D;
  for (int k = 0; k < packed_size; ++k) D.entry[k] = C2.entry[k] - C1.entry[k];

  Lane<Real> slope = (f1 - f2) * (M[0] * P[0] + M[1] * P[1] + M[2] * P[2] +
                                  Real(2) * (M[3] * P[3] + M[4] * P[4] + M[5] * P[5])) -
                     contract(S, D);
  Lane<Real> trace{};
  for (int c = 0; c < 3; ++c) {  // tr(M K P) = sum_ac (M P)^T_ac K_ac with K = Y H
    Lane<Real> K[3];
    H.traction([&](int i) { return Y[c][i]; }, K);
    for (int b = 0; b < 3; ++b) {
      Lane<Real> PM{};
      for (int a = 0; a < 3; ++a) PM += P[acoustic(b, a)] * M[acoustic(a, c)];
      trace += PM * K[b];
    }
  }
  slope += f1 * f2 * trace;
  gradient.fraction = sum<Real>(slope);

  if constexpr (requires { H.n; }) {
    Symmetric<Real> Chat;
    for (int k = 0; k < packed_size; ++k) Chat.entry[k] = C1.entry[k] + f1 * D.entry[k];
    Matrix36<Real> HtChat;
    tractions(H, Chat, HtChat);
    const auto dH = [&](int i, int a) {  // [Chat H P - D T^T]_ia
      Lane<Real> total{};
      for (int b = 0; b < 3; ++b) total += HtChat[b][i] * P[acoustic(b, a)];
      for (int k = 0; k < 6; ++k) total -= D(i, k) * T[a][k];
      return total;
    };
    const Real s = static_cast<Real>(half_sqrt);
    const Lane<Real> normal[3] = {dH(0, 0) + s * (dH(4, 2) + dH(5, 1)), dH(1, 1) + s * (dH(3, 2) + dH(5, 0)),
                                  dH(2, 2) + s * (dH(3, 1) + dH(4, 0))};
    for (int b = 0; b < 3; ++b) gradient.normal[b] = 2.0 * fraction * (1.0 - fraction) * sum<Real>(normal[b]);
  }

  if (S1 == nullptr && S2 == nullptr) return;
  Matrix66<Real> HT;
  for (int j = 0; j < 6; ++j) {
    Lane<Real> t[3] = {T[0][j], T[1][j], T[2][j]}, x[6];
    H.strain(t, x);
    for (int i = 0; i < 6; ++i) HT[i][j] = x[i];
  }
  Matrix36<Real> PHt;
  for (int a = 0; a < 3; ++a) {
    Lane<Real> t[3] = {P[acoustic(a, 0)], P[acoustic(a, 1)], P[acoustic(a, 2)]};
    H.strain(t, PHt[a].data());
  }
  for (int j = 0; j < 6; ++j) {
    Lane<Real> t[3] = {PHt[0][j], PHt[1][j], PHt[2][j]}, HPHt[6];
    H.strain(t, HPHt);
    for (int i = 0; i <= j; ++i) {
      const Lane<Real> s = S(i, j), z = HT[i][j] + HT[j][i], v = HPHt[i];
      if (S1 != nullptr) (*S1)(i, j) = f1 * (s + f2 * (z + f2 * v));
      if (S2 != nullptr) (*S2)(i, j) = f2 * (s - f1 * (z - f1 * v));
    }
  }
}

}  // namespace laminet
