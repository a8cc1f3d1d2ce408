// Loops over the few components of tensors, unrolled: indices are known when compiling, so that zeros drop out and small
// matrices live in registers. Functions that use them are `gnu::flatten`, which makes the bodies part of them.
#pragma once

#include <utility>

namespace laminet {

template <int k>
using Index = std::integral_constant<int, k>;

// body(0), ..., body(count - 1).
template <int count, class Body>
inline void each(const Body& body) {
  [&]<int... k>(std::integer_sequence<int, k...>) { (body(Index<k>{}), ...); }(std::make_integer_sequence<int, count>{});
}

// body(i, j) for 0 <= i <= j < count.
template <int count, class Body>
inline void each_pair(const Body& body) {
  each<count>([&](auto i) { each<count - i>([&](auto k) { body(i, Index<i + k>{}); }); });
}

// body(i, j) for i < rows and j < columns.
template <int rows, int columns, class Body>
inline void each_entry(const Body& body) {
  each<rows>([&](auto i) { each<columns>([&](auto j) { body(i, j); }); });
}

}  // namespace laminet
