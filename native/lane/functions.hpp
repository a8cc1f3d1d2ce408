// Functions of lanes of numbers, place by place, and of single numbers by the same names.
#pragma once

#include <cmath>
#include <numbers>

#include "lane/lane.hpp"

namespace laminet {

using LaneMask = decltype(Lane{} < Lane{});  // all bits set where true

inline bool any(const LaneMask& mask) {
  long long bits = 0;
  for (int k = 0; k < width; ++k) bits |= mask[k];
  return bits != 0;
}

inline Lane select(const LaneMask& mask, const Lane& yes, const Lane& no) { return mask ? yes : no; }

inline double select(bool mask, double yes, double no) { return mask ? yes : no; }

inline bool any(bool mask) { return mask; }

inline auto finite(const auto& x) { return x - x == 0.0; }

// Whether all numbers of an array are; none is skipped, so many are looked at at once.
inline bool finite(const double* numbers, std::size_t count) {
  bool all = true;
  for (std::size_t k = 0; k < count; ++k) all &= finite(numbers[k]);
  return all;
}

inline Lane square_root(const Lane& x) {
  Lane root;
  for (int k = 0; k < width; ++k) root[k] = std::sqrt(x[k]);
  return root;
}

inline double square_root(double x) { return std::sqrt(x); }

inline auto absolute(const auto& x) { return select(x < 0.0, -x, x); }

// exp(-x) for x > -700, to rounding; zero where it would be subnormal. With n the whole number next to -x / ln 2, the
// Taylor polynomial of the rest (|r| <= ln 2 / 2, so its 14th term is below 1e-17), and 2^n as the exponent's bits.
inline Lane falling_exponential(const Lane& x) {
  constexpr double log2_e = 1.4426950408889634074, high = 6.93147180369123816490e-01, low = 1.90821492927058770002e-10;
  constexpr double to_whole = 6755399441055744.0;  // 1.5 * 2^52: what is added to it is rounded to whole numbers
  const Lane least = broadcast(708.0), clamped = select(x > least, least, x);
  const Lane shifted = to_whole - log2_e * clamped, n = shifted - to_whole;
  const Lane r = (-clamped - high * n) - low * n;
  Lane sum = broadcast(1.0 / 6227020800.0);
  for (const double term : {1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0,
                            1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0})
    sum = sum * r + term;
  const LaneMask exponent = ((LaneMask)shifted + 1023) << 52;
  return select(x > least, Lane{}, sum * (Lane)exponent);
}

inline double falling_exponential(double x) { return std::exp(-x); }

// Natural logarithm of a normal x > 0, to rounding. With x = 2^n m, m between the root of 1/2 and that of 2, and
// z = (m - 1) / (m + 1), it is n ln 2 plus the series 2 (z + z^3 / 3 + ...), which leaves out less than 1e-17.
inline Lane logarithm(const Lane& x) {
  constexpr double high = 6.93147180369123816490e-01, low = 1.90821492927058770002e-10;
  constexpr long long fraction = (1LL << 52) - 1, one = 1023LL << 52;
  const LaneMask bits = (LaneMask)x;
  const Lane mantissa = (Lane)((bits & fraction) | one);  // in [1, 2)
  const LaneMask large = mantissa > std::numbers::sqrt2;
  const Lane m = select(large, 0.5 * mantissa, mantissa);
  const Lane n = __builtin_convertvector((bits >> 52) - 1023 - large, Lane);  // a true mask is -1
  const Lane z = (m - 1.0) / (m + 1.0), square = z * z;
  Lane sum = broadcast(1.0 / 23.0);
  for (const double term : {1.0 / 21.0, 1.0 / 19.0, 1.0 / 17.0, 1.0 / 15.0, 1.0 / 13.0, 1.0 / 11.0, 1.0 / 9.0,
                            1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0})
    sum = sum * square + term;
  return n * high + (n * low + 2.0 * (z + z * (square * sum)));
}

inline double logarithm(double x) { return std::log(x); }

// x^exponent for x >= 1 and an exponent that is not negative; infinite from exp(708) on.
inline Lane power(const Lane& x, const Lane& exponent) {
  return 1.0 / falling_exponential(Lane(exponent * logarithm(x)));
}

inline double power(double x, double exponent) { return std::pow(x, exponent); }

// Sine and cosine to rounding. Let n be the integer nearest to x / (pi/2) and r the rest, |r| <= pi/4. Taylor
// polynomials of r leave out less than 1e-17; the last two bits of n say which to exchange and negate. Where n has too
// many digits for that, the functions of the standard library are used.
inline void sine_cosine(const Lane& x, Lane& sine, Lane& cosine) {
  constexpr double high = 1.57079632673412561417, middle = 6.07710050630396597660e-11, low = 2.02226624879595063154e-21;
  constexpr double to_whole = 6755399441055744.0;  // as above
  const Lane shifted = to_whole + std::numbers::inv_pi * 2.0 * x, n = shifted - to_whole;
  const Lane r = ((x - high * n) - middle * n) - low * n, square = r * r;
  Lane odd = broadcast(1.0 / 355687428096000.0);
  for (const double term : {-1.0 / 1307674368000.0, 1.0 / 6227020800.0, -1.0 / 39916800.0, 1.0 / 362880.0,
                            -1.0 / 5040.0, 1.0 / 120.0, -1.0 / 6.0})
    odd = odd * square + term;
  Lane even = broadcast(1.0 / 20922789888000.0);
  for (const double term :
       {-1.0 / 87178291200.0, 1.0 / 479001600.0, -1.0 / 3628800.0, 1.0 / 40320.0, -1.0 / 720.0, 1.0 / 24.0, -0.5})
    even = even * square + term;
  const Lane s = r + r * (square * odd), c = 1.0 + square * even;
  const LaneMask quarter = (LaneMask)shifted, exchanged = (quarter & 1) != 0;
  sine = select(exchanged, c, s);
  cosine = select(exchanged, s, c);
  sine = select((quarter & 2) != 0, -sine, sine);
  cosine = select(((quarter + 1) & 2) != 0, -cosine, cosine);
  if (!any(absolute(x) > broadcast(1e5))) return;
  for (int k = 0; k < width; ++k) {
    sine[k] = std::sin(x[k]);
    cosine[k] = std::cos(x[k]);
  }
}

}  // namespace laminet
