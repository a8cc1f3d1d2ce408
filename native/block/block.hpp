// The building block: the laminate of two stiffnesses (Eqs. 20 - 22 of the paper) and its adjoint.
//
// With D = C2 - C1, Chat = f2 C1 + f1 C2 = C1 + f1 D, M = H^T Chat H, Y = M^-1 H^T D:
//   C = f1 C1 + f2 C2 - f1 f2 D H Y.
// For a symmetric cotangent S of C (dL = sum_ij S_ij dC_ij), with T = Y S, P = T Y^T, Q = H P H^T:
//   dL/dC1 = f1 [S + f2 (H U1 + U1^T H^T)], U1 = T + f2/2 P H^T,
//   dL/dC2 = f2 [S - f1 (H U2 + U2^T H^T)], U2 = T - f1/2 P H^T,
//   dL/dH  = 2 f1 f2 [Chat H P - D T^T] = 2 f1 f2 [C1 H P - D V^T], V = T - f1 P H^T,
//   dL/df1 = -S:D + (f1 - f2) Chat:Q + f1 f2 D:Q = (f1 - f2) C1:Q + D:(f1^2 Q - S).
// They follow from the stationarity of the energy in the jump vector; nothing is differentiated through M^-1.
//
// Cotangents are kept per unit of the node's share of the weight, [...] above without the factors f1 and f2: the same
// for all samples, the factors are left to the end.
#pragma once

#include "block/symmetric.hpp"

namespace laminet {

inline constexpr double half_sqrt = 0.70710678118654752440;  // sqrt(1/2)

// The places where a stiffness may differ from zero.
enum class Pattern {
  full,
  aligned  // orthotropic in the axes of the coordinates
};

constexpr bool has(Pattern pattern, int i, int j) { return pattern == Pattern::full || (i < 3 && j < 3) || i == j; }
constexpr bool has(Pattern, int, Whole) { return true; }

// H(n) of any unit normal, the same for all samples.
struct AnyNormal {
  double n[3], s[3];  // n and n / sqrt(2)

  explicit AnyNormal(const double* normal) {
    for (int k = 0; k < 3; ++k) {
      n[k] = normal[k];
      s[k] = normal[k] * half_sqrt;
    }
  }

  static constexpr bool turns = true;  // the normal has a gradient
  static constexpr bool has(int i, int a) { return i < 3 ? i == a : i - 3 != a; }
  double operator()(int i, int a) const { return i < 3 ? n[i] : s[6 - i - a]; }

  // H^T x for x(i), i = 0 ... 5: the traction.
  template <class Vector, class Value>
  void traction(const Vector& x, Value* t) const {
    t[0] = n[0] * x(0) + s[2] * x(4) + s[1] * x(5);
    t[1] = n[1] * x(1) + s[2] * x(3) + s[0] * x(5);
    t[2] = n[2] * x(2) + s[1] * x(3) + s[0] * x(4);
  }

  // H y: the strain of a jump.
  template <class Vector, class Value>
  Vector strain(const Value* y) const {
    return Vector{n[0] * y[0],
                  n[1] * y[1],
                  n[2] * y[2],
                  s[2] * y[1] + s[1] * y[2],
                  s[2] * y[0] + s[0] * y[2],
                  s[1] * y[0] + s[0] * y[1]};
  }
};

// H(e3), the interface of a literal DMN.
struct Axis3 {
  double one = 1, s = half_sqrt;

  explicit Axis3(const double*) {}

  static constexpr bool turns = false;
  static constexpr bool has(int i, int a) { return (i == 2 && a == 2) || (i >= 3 && i + a == 4); }
  double operator()(int i, int) const { return i == 2 ? one : s; }
};

constexpr int acoustic(int a, int b) { return a == b ? a : 6 - a - b; }  // 00, 11, 22, 12, 02, 01

// Whether H^T A has entry (a, j), for A of a pattern.
template <class Interface>
constexpr bool has_traction(Pattern pattern, int a, auto j) {
  for (int i = 0; i < 6; ++i)
    if (Interface::has(i, a) && has(pattern, i, j)) return true;
  return false;
}

// (H^T A) H, symmetric 3x3.
template <Pattern pattern, class Number, class Interface, class Columns>
[[gnu::flatten]] inline void acoustic_tensor(const Interface& H, const std::array<Columns, 3>& HtA, Number* tensor) {
  each_pair<3>([&](auto a, auto b) {
    Number total{};
    each<6>([&](auto j) {
      if constexpr (Interface::has(j, b) && has_traction<Interface>(pattern, a, j)) total += HtA[a][j] * H(j, b);
    });
    tensor[acoustic(a, b)] = total;
  });
}

// Factors L diag(pivot) L^T of such a tensor: entries 10, 20 and 21 of L, and one over the pivots. They also do where
// plastic flow makes it nearly singular.
template <class Number>
inline void factors(const Number* M, Number* factor, Number* pivot_inverse) {
  pivot_inverse[0] = 1.0 / M[0];
  factor[0] = M[5] * pivot_inverse[0];
  factor[1] = M[4] * pivot_inverse[0];
  const Number below = M[3] - factor[1] * M[5];
  pivot_inverse[1] = 1.0 / (M[1] - factor[0] * M[5]);
  factor[2] = below * pivot_inverse[1];
  pivot_inverse[2] = 1.0 / (M[2] - factor[1] * M[4] - factor[2] * below);
}

// H^T D and H^T Chat.
template <Pattern pattern, class Interface, class Law, class Rows3>
[[gnu::always_inline]] inline void tractions(const Law& C1, const Law& C2, double f1, const Interface& H, Rows3& HtD,
                                             Rows3& HtChat) {
  using Column = typename Law::Column;
  each_column<Law>([&](auto j) {
    each<3>([&](auto a) {
      Column first{}, second{};
      each<6>([&](auto i) {
        if constexpr (Interface::has(i, a) && has(pattern, i, j)) {
          first += H(i, a) * C1(i, j);
          second += H(i, a) * C2(i, j);
        }
      });
      const Column difference = second - first;
      HtD[a][j] = difference;
      HtChat[a][j] = first + f1 * difference;
    });
  });
}

// The law C of a block from the laws of its children, whose stiffnesses have the given pattern; f1 + f2 = 1. If Y is
// `wanted`, it is kept for the adjoint or for the jump y = Y [eps | 1]. Otherwise it is not: a sweep needs more memory
// than the nearest cache has, and everything kept must travel there and back. C may share the memory of C1. If M is
// singular, Y is not finite.
template <Pattern pattern, bool wanted, class Interface, class Law>
[[gnu::flatten]] inline void laminate_forward(const Law& C1, const Law& C2, double fraction, const Interface& H, Law& C,
                                              std::array<typename Law::Columns, 3>* Y) {
  using Number = typename Law::Number;
  using Column = typename Law::Column;
  const double f1 = fraction, f2 = 1.0 - fraction;
  std::array<typename Law::Columns, 3> HtD, HtChat;
  tractions<pattern>(C1, C2, f1, H, HtD, HtChat);
  Number M[6], factor[3], pivot_inverse[3];
  acoustic_tensor<pattern>(H, HtChat, M);
  const double both = -f1 * f2;
  std::array<typename Law::Columns, 3> left, right;  // left^T right = -f1 f2 D H Y
  factors(M, factor, pivot_inverse);
  Number scale[3];
  each<3>([&](auto a) { scale[a] = pivot_inverse[a] * both; });
  each_column<Law>([&](auto j) {
    right[0][j] = HtD[0][j];
    right[1][j] = HtD[1][j] - factor[0] * right[0][j];
    right[2][j] = HtD[2][j] - factor[1] * right[0][j] - factor[2] * right[1][j];
    each<3>([&](auto a) { left[a][j] = scale[a] * right[a][j]; });
    if constexpr (wanted) {
      auto& y = *Y;
      y[2][j] = pivot_inverse[2] * right[2][j];
      y[1][j] = pivot_inverse[1] * right[1][j] - factor[2] * y[2][j];
      y[0][j] = pivot_inverse[0] * right[0][j] - factor[0] * y[1][j] - factor[1] * y[2][j];
    }
  });
  each_kept<Law>([&](auto i, auto j) {
    Column total{};
    if constexpr (has(pattern, i, j)) total = f1 * C1(i, j) + f2 * C2(i, j);
    each<3>([&](auto a) {
      if constexpr (a > 0 || has_traction<Interface>(pattern, a, i)) total += left[a][i] * right[a][j];
    });
    C(i, j) = total;
  });
}

// What a block contributes to the gradient, sample by sample, per unit of its share of the weight.
struct BlockGradient {
  Lane fraction;   // dL/df1
  Lane normal[3];  // dL/dn / (2 f1 f2)
};

// Entry (i, j) of H A + A^T H^T, for a 3x6 matrix A.
template <class Interface, class I, class J>
[[gnu::always_inline]] inline Lane doubled(const Interface& H, const Matrix36& A, I i, J j) {
  Lane total{};
  each<3>([&](auto a) {
    if constexpr (Interface::has(i, a)) total += H(i, a) * A[a][j];
    if constexpr (Interface::has(j, a)) total += H(j, a) * A[a][i];
  });
  return total;
}

// From the cotangent S of a block, the gradient and, where wanted, the cotangents of C1 and C2.
// S1 and S2 may be the memory of C1 and C2 themselves.
template <Pattern pattern, bool wanted, class Interface>
[[gnu::flatten]] inline void laminate_adjoint(const Symmetric& C1, const Symmetric& C2, double fraction,
                                              const Interface& H, const Matrix36& Y, const Symmetric& S, Symmetric* S1,
                                              Symmetric* S2, BlockGradient& gradient) {
  const double f1 = fraction, f2 = 1.0 - fraction;
  Matrix36 T, PHt;
  Lane P[6];
  each_entry<3, 6>([&](auto a, auto j) {
    Lane total{};
    each<6>([&](auto i) { total += Y[a][i] * S(i, j); });
    T[a][j] = total;
  });
  each_pair<3>([&](auto a, auto b) {
    Lane total{};
    each<6>([&](auto i) { total += T[a][i] * Y[b][i]; });
    P[acoustic(a, b)] = total;
  });
  each_entry<3, 6>([&](auto a, auto j) {
    Lane total{};
    each<3>([&](auto b) {
      if constexpr (Interface::has(j, b)) total += P[acoustic(a, b)] * H(j, b);
    });
    PHt[a][j] = total;
  });
  Symmetric D;
  each_pair<6>([&](auto i, auto j) {
    if constexpr (has(pattern, i, j)) D(i, j) = C2(i, j) - C1(i, j);
  });
  if constexpr (Interface::turns) {
    Matrix36 V;
    each_entry<3, 6>([&](auto a, auto j) { V[a][j] = T[a][j] - f1 * PHt[a][j]; });
    const auto dH = [&](auto i, auto a) {  // [C1 H P - D V^T]_ia
      Lane total{};
      each<6>([&](auto k) {
        if constexpr (has(pattern, i, k)) total += C1(i, k) * PHt[a][k] - D(i, k) * V[a][k];
      });
      return total;
    };
    each<3>([&](auto a) {
      constexpr int b = (a + 1) % 3, c = (a + 2) % 3;
      gradient.normal[a] = dH(a, a) + half_sqrt * (dH(Index<3 + b>{}, Index<c>{}) + dH(Index<3 + c>{}, Index<b>{}));
    });
  }
  Lane of_C1[2]{}, of_D[2]{};  // sums over the diagonal and over what is above it
  each_pair<6>([&](auto i, auto j) {
    const Lane s = S(i, j);
    Lane Q{};
    each<3>([&](auto a) {
      if constexpr (Interface::has(i, a)) Q += H(i, a) * PHt[a][j];
    });
    if constexpr (has(pattern, i, j)) {
      of_C1[i != j] += C1(i, j) * Q;
      of_D[i != j] += D(i, j) * (f1 * f1 * Q - s);
    }
    if constexpr (wanted) {  // S + f K + f^2 Q with K = H T + T^T H^T and f = f2, -f1
      const Lane K = doubled(H, T, i, j);
      (*S1)(i, j) = s + f2 * (K + f2 * Q);
      (*S2)(i, j) = s - f1 * (K - f1 * Q);
    }
  });
  gradient.fraction = (f1 - f2) * (of_C1[0] + 2.0 * of_C1[1]) + of_D[0] + 2.0 * of_D[1];
}

}  // namespace laminet
