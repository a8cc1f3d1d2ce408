// What every law has: a name and constants that describe it, and an update that is written once for one point and for a
// group of points. A new law is one header like elastic.hpp or j2.hpp and its name in registry.hpp.
#pragma once

#include <algorithm>
#include <cmath>

#include "block/points.hpp"
#include "errors.hpp"

namespace laminet {

inline bool all_finite(const double* numbers, std::size_t count) {
  return std::all_of(numbers, numbers + count, [](double number) { return std::isfinite(number); });
}

}  // namespace laminet
