// A SIMD lane: one number for each of several samples. Everything below works on lanes, sample by sample at once.
#pragma once

#include <cstddef>

namespace laminet {

// 64 bytes: one AVX-512 register, two AVX2 registers, four SSE or NEON registers; the compiler splits it as it must.
inline constexpr std::size_t lane_bytes = 64;

template <class Real>
struct LaneOf {
  typedef Real Type __attribute__((vector_size(lane_bytes)));
  static constexpr int width = lane_bytes / sizeof(Real);
};

template <class Real>
using Lane = typename LaneOf<Real>::Type;

template <class Real>
inline constexpr int width = LaneOf<Real>::width;

// Lane with the same value for every sample.
template <class Real>
inline Lane<Real> broadcast(double value) {
  return Lane<Real>{} + static_cast<Real>(value);
}

// Sum over the samples of a lane, in double precision and a fixed order.
template <class Real>
inline double sum(const Lane<Real>& lane) {
  double total = 0.0;
  for (int k = 0; k < width<Real>; ++k) total += static_cast<double>(lane[k]);
  return total;
}

}  // namespace laminet
