// A SIMD lane: one number for each of several samples. Everything below works on lanes, sample by sample at once.
#ifndef LAMINET_LANE_HPP  // no #pragma once: benchmarks/operations.cpp brings a lane that counts
#define LAMINET_LANE_HPP

#include <cstddef>
#include <cstring>

namespace laminet {

// One register of the target: 64 bytes with AVX-512, 32 with AVX, 16 with SSE or NEON. Wider lanes would need more
// registers than there are.
inline constexpr std::size_t lane_bytes = __BIGGEST_ALIGNMENT__;
inline constexpr int width = lane_bytes / sizeof(double);

typedef double Lane __attribute__((vector_size(lane_bytes)));

// Lane with the same value for every sample.
inline Lane broadcast(double value) { return Lane{} + value; }

// The first `count` numbers of a lane, the others zero, from memory, and to it; a constant count is one instruction.
template <class Count>
inline Lane load(const double* from, Count count) {
  Lane lane{};
  std::memcpy(&lane, from, count * sizeof(double));
  return lane;
}

template <class Count>
inline void store(const Lane& lane, double* to, Count count) {
  std::memcpy(to, &lane, count * sizeof(double));
}

// Sum over the samples of a lane, half on half.
inline double sum(const Lane& lane) {
  double places[width];
  std::memcpy(places, &lane, sizeof lane);
  for (int half = width / 2; half > 0; half /= 2)
    for (int k = 0; k < half; ++k) places[k] += places[k + half];
  return places[0];
}

}  // namespace laminet

#endif
