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

template <std::size_t bytes>
struct DoublesIn {
  typedef double Type __attribute__((vector_size(bytes)));
};

using Lane = DoublesIn<lane_bytes>::Type;

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

// Sum over the samples of a lane, in a fixed order.
inline double sum(const Lane& lane) { return folded<lane_bytes>(lane); }

}  // namespace laminet

#endif
