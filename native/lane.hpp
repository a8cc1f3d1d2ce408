// A SIMD lane: one number for each of several samples. Everything below works on lanes, sample by sample at once.
#pragma once

#include <cstddef>

namespace laminet {

// One register of the target: 64 bytes with AVX-512, 32 with AVX, 16 with SSE or NEON. Wider lanes would need more
// registers than there are.
inline constexpr std::size_t lane_bytes = __BIGGEST_ALIGNMENT__;

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

// A lane's numbers in double precision.
template <class Real>
struct DoublesOf {
  typedef double Type __attribute__((vector_size(width<Real> * sizeof(double))));
};

template <class Real>
using Doubles = typename DoublesOf<Real>::Type;

template <class Real>
inline Doubles<Real> doubles(const Lane<Real>& lane) {
  return __builtin_convertvector(lane, Doubles<Real>);
}

// Sum over the samples of a lane, in double precision and a fixed order.
template <class Real>
inline double sum(const Doubles<Real>& lane) {
  double total = 0.0;
  for (int k = 0; k < width<Real>; ++k) total += lane[k];
  return total;
}

}  // namespace laminet
