// Passes of conjugate gradients over long vectors, and the product of a preconditioner with its modes.
#pragma once

#include <algorithm>
#include <atomic>
#include <complex>
#include <cstddef>
#include <vector>

#include "threads.hpp"

namespace laminet {

// Calls part(number, begin, end) for as many parts of 0 ... size - 1 as there are threads.
template <class Part>
void in_parts(std::size_t size, std::size_t threads, const Part& part) {
  const std::size_t count = std::max<std::size_t>(threads, 1);
  std::atomic<std::size_t> next{0};
  on_threads(count, [&] {
    for (std::size_t number; (number = next++) < count;)
      part(number, number * size / count, (number + 1) * size / count);
  });
}

// Inner product; the vectors may be of different precision.
template <class A, class B>
double dot(const A* a, const B* b, std::size_t size, std::size_t threads) {
  constexpr std::size_t lanes = 16;
  std::vector<double> totals(std::max<std::size_t>(threads, 1));
  in_parts(size, threads, [&](std::size_t number, std::size_t begin, std::size_t end) {
    double sums[lanes]{};
    std::size_t k = begin;
    for (; k + lanes <= end; k += lanes)
      for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += double(a[k + lane]) * double(b[k + lane]);
    for (; k < end; ++k) sums[0] += double(a[k]) * double(b[k]);
    for (double sum : sums) totals[number] += sum;
  });
  double total = 0.0;
  for (double each : totals) total += each;
  return total;
}

// u += alpha p and r -= alpha Kp; `single` is then r in single precision.
inline void advance(double alpha, const double* p, const double* Kp, double* u, double* r, float* single,
                    std::size_t size, std::size_t threads) {
  in_parts(size, threads, [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t k = begin; k < end; ++k) {
      u[k] += alpha * p[k];
      r[k] -= alpha * Kp[k];
      single[k] = static_cast<float>(r[k]);
    }
  });
}

// p = z + beta p.
inline void turn(double beta, const float* z, double* p, std::size_t size, std::size_t threads) {
  in_parts(size, threads, [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t k = begin; k < end; ++k) p[k] = z[k] + beta * p[k];
  });
}

// In place, the symmetric matrices (6, modes), ordered 11, 22, 33, 23, 13, 12, times the vectors (3, modes).
inline void multiply_modes(const float* matrices, std::complex<float>* vectors, std::size_t modes,
                           std::size_t threads) {
  in_parts(modes, threads, [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t k = begin; k < end; ++k) {
      const auto m = [&](int entry) { return matrices[entry * modes + k]; };
      const std::complex<float> a = vectors[k], b = vectors[modes + k], c = vectors[2 * modes + k];
      vectors[k] = m(0) * a + m(5) * b + m(4) * c;
      vectors[modes + k] = m(5) * a + m(1) * b + m(3) * c;
      vectors[2 * modes + k] = m(4) * a + m(3) * b + m(2) * c;
    }
  });
}

}  // namespace laminet
