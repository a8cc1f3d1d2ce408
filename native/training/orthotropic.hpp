// Turning an orthotropic stiffness that is aligned with the axes, by its nine constants.
//
// Any stiffness is a totally symmetric tensor S_abcd (15 numbers) plus one that a symmetric tensor t_ab (6) determines:
//   C_aabb = S_aabb + 2 t_cc,   C_aabc = S_aabc - 2 t_bc,   C_abab = S_aabb - t_cc,   C_abac = S_aabc + t_bc
// with a, b, c all different, and C_aaaa = S_aaaa, C_aaab = S_aaab. Aligned, S has six numbers and t three, and both
// turn as tensors do: two thirds of the work of products of 6x6 matrices.
#pragma once

#include "training/rotation.hpp"

namespace laminet {

// Of an aligned stiffness: S_0000, S_1111, S_2222, S_1122, S_0022, S_0011 and t_00, t_11, t_22.
struct Orthotropic {
  Lane S[6], t[3];

  Orthotropic() = default;
  explicit Orthotropic(const Symmetric& C) {
    const double third = 1.0 / 3.0;
    for (int k = 0; k < 3; ++k) {
      const Lane normal = C((k + 1) % 3, (k + 2) % 3), shear = C(3 + k, 3 + k);
      S[k] = C(k, k);
      S[3 + k] = third * (normal + shear);
      t[k] = third * (normal - 0.5 * shear);
    }
  }
};

// The linear map from those nine to R^T C R, of a rotation q; of numbers, or of lanes of them for as many rotations.
template <class Value>
struct OrthotropicRotation {
  // Rows of S: aaaa; bbcc; then sqrt(2) times aabc; aaac and aaab, with b = a + 1, c = a + 2 (cyclic). Rows of t: aa;
  // then sqrt(2) times bc.
  Value S[15][6], t[6][3];

  OrthotropicRotation() = default;
  [[gnu::flatten]] explicit OrthotropicRotation(const Matrix33<Value>& q) {
    constexpr int row[6] = {0, 1, 2, 1, 2, 0}, column[6] = {0, 1, 2, 2, 0, 1};
    Value m[3][6], x[3][6];  // q_p q_p; q_q q_r + q_r q_q with p, q, r cyclic
    for (int p = 0; p < 3; ++p)
      for (int k = 0; k < 6; ++k) {
        const auto &second = q[(p + 1) % 3], &third = q[(p + 2) % 3];
        m[p][k] = q[p][row[k]] * q[p][column[k]];
        x[p][k] = second[row[k]] * third[column[k]] + third[row[k]] * second[column[k]];
      }
    const auto fill = [&](Value* to, int ab, int cd, double scale) {
      for (int p = 0; p < 3; ++p) {
        const Value *second = m[(p + 1) % 3], *third = m[(p + 2) % 3];
        to[p] = scale * m[p][ab] * m[p][cd];
        to[3 + p] = scale * (second[ab] * third[cd] + third[ab] * second[cd] + x[p][ab] * x[p][cd]);
      }
    };
    const double root = std::sqrt(2.0);
    for (int a = 0; a < 3; ++a) {
      const int b = (a + 1) % 3, c = (a + 2) % 3;
      fill(S[a], a, a, 1.0);
      fill(S[3 + a], b, c, 1.0);
      fill(S[6 + a], a, 3 + a, root);
      fill(S[9 + a], a, 3 + b, root);
      fill(S[12 + a], a, 3 + c, root);
      for (int p = 0; p < 3; ++p) {
        t[a][p] = m[p][a];
        t[3 + a][p] = root * m[p][3 + a];
      }
    }
  }
};

// R^T C R of an aligned stiffness C.
inline void turn(const OrthotropicRotation<double>& R, const Orthotropic& C, Symmetric& turned) {
  // In registers: what is written to `turned` might else be thought to change them.
  const Lane S_0 = C.S[0], S_1 = C.S[1], S_2 = C.S[2], S_3 = C.S[3], S_4 = C.S[4], S_5 = C.S[5];
  const Lane t_0 = C.t[0], t_1 = C.t[1], t_2 = C.t[2];
  const auto S = [&](int row) {
    const double* r = R.S[row];
    return (r[0] * S_0 + r[1] * S_1 + r[2] * S_2) + (r[3] * S_3 + r[4] * S_4 + r[5] * S_5);
  };
  const auto t = [&](int row) { return R.t[row][0] * t_0 + R.t[row][1] * t_1 + R.t[row][2] * t_2; };
  for (int a = 0; a < 3; ++a) {
    const int b = (a + 1) % 3, c = (a + 2) % 3;
    turned(a, a) = S(a);
    turned(a, 3 + b) = S(9 + a);
    turned(a, 3 + c) = S(12 + a);
    const Lane S_bbcc = S(3 + a), t_aa = t(a), S_aabc = S(6 + a), t_bc = t(3 + a);
    turned(b, c) = S_bbcc + 2.0 * t_aa;
    turned(3 + a, 3 + a) = 2.0 * (S_bbcc - t_aa);
    turned(a, 3 + a) = S_aabc - 2.0 * t_bc;
    turned(3 + b, 3 + c) = std::sqrt(2.0) * (S_aabc + t_bc);
  }
}

}  // namespace laminet
