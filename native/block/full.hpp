// 6x6 matrices of lanes that need not be symmetric, and the building block of stiffnesses that are not (block.hpp).
#pragma once

#include "block/block.hpp"
#include "block/points.hpp"

namespace laminet {

struct Full {
  using Number = Lane;
  using Column = Lane;
  using Columns = std::array<Lane, 6>;
  static constexpr bool whole = false, triangle = false;
  static constexpr int columns = 6;

  Lane entry[36];

  const Lane& operator()(int i, int j) const { return entry[6 * i + j]; }
  Lane& operator()(int i, int j) { return entry[6 * i + j]; }
};

// As laminate_forward, for stiffnesses of any pattern. Then D H is not the transpose of H^T D, and M not symmetric. It
// is eliminated without pivots.
template <class Interface, class Law>
[[gnu::flatten]] inline void laminate_unsymmetric(const Law& C1, const Law& C2, double fraction, const Interface& H,
                                                  Law& C, std::array<typename Law::Columns, 3>& Y) {
  using Number = typename Law::Number;
  using Column = typename Law::Column;
  const double f1 = fraction, f2 = 1.0 - fraction;
  std::array<typename Law::Columns, 3> HtD, HtChat;
  tractions<Pattern::full>(C1, C2, f1, H, HtD, HtChat);
  Number M[3][3], DH[6][3];
  each_entry<3, 3>([&](auto a, auto b) {
    Number total{};
    each<6>([&](auto j) {
      if constexpr (Interface::has(j, b)) total += HtChat[a][j] * H(j, b);
    });
    M[a][b] = total;
  });
  each_entry<6, 3>([&](auto i, auto b) {
    Number total{};
    each<6>([&](auto j) {
      if constexpr (Interface::has(j, b)) total += (entry(C2, i, j) - entry(C1, i, j)) * H(j, b);
    });
    DH[i][b] = total;
  });
  const Number pivot0 = 1.0 / M[0][0], l10 = M[1][0] * pivot0, l20 = M[2][0] * pivot0;
  const Number m11 = M[1][1] - l10 * M[0][1], m12 = M[1][2] - l10 * M[0][2];
  const Number pivot1 = 1.0 / m11, l21 = (M[2][1] - l20 * M[0][1]) * pivot1;
  const Number pivot2 = 1.0 / (M[2][2] - l20 * M[0][2] - l21 * m12);
  each_column<Law>([&](auto j) {
    const Column second = HtD[1][j] - l10 * HtD[0][j];
    Y[2][j] = pivot2 * (HtD[2][j] - l20 * HtD[0][j] - l21 * second);
    Y[1][j] = pivot1 * (second - m12 * Y[2][j]);
    Y[0][j] = pivot0 * (HtD[0][j] - M[0][1] * Y[1][j] - M[0][2] * Y[2][j]);
  });
  const double both = -f1 * f2;
  each_kept<Law>([&](auto i, auto j) {
    Column total = f1 * C1(i, j) + f2 * C2(i, j);
    each<3>([&](auto a) { total += (both * DH[i][a]) * Y[a][j]; });
    C(i, j) = total;
  });
}

}  // namespace laminet
