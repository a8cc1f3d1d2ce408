// A SIMD lane: one number for each of several samples. Everything below works on lanes, sample by sample at once.
#pragma once

#include <cstddef>
#include <cstring>

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

// The first `count` numbers of a lane, the others zero, from memory, and to it; a constant count is one instruction.
template <class Count>
inline Lane<double> load(const double* from, Count count) {
  Lane<double> lane{};
  std::memcpy(&lane, from, count * sizeof(double));
  return lane;
}

template <class Count>
inline void store(const Lane<double>& lane, double* to, Count count) {
  std::memcpy(to, &lane, count * sizeof(double));
}

template <std::size_t bytes>
struct DoublesIn {
  typedef double Type __attribute__((vector_size(bytes)));
};

// A lane's numbers in double precision.
template <class Real>
using Doubles = typename DoublesIn<width<Real> * sizeof(double)>::Type;

template <class Real>
inline Doubles<Real> doubles(const Lane<Real>& lane) {
  return __builtin_convertvector(lane, Doubles<Real>);
}

// Sum of a vector's numbers, half on half.
template <std::size_t bytes>
inline double folded(const typename DoublesIn<bytes>::Type& vector) {
  constexpr std::size_t half = bytes / 2;
  if constexpr (half == sizeof(double)) {
    return vector[0] + vector[1];
  } else {
    typename DoublesIn<half>::Type low, high;
    std::memcpy(&low, &vector, half);
    std::memcpy(&high, reinterpret_cast<const char*>(&vector) + half, half);
    return folded<half>(low + high);
  }
}

// Sum over the samples of a lane, in double precision and a fixed order.
template <class Real>
inline double sum(const Doubles<Real>& lane) {
  return folded<sizeof(lane)>(lane);
}

}  // namespace laminet
