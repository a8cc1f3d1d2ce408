// Loops over the few components of tensors, unrolled: indices are known when compiling, so that zeros drop out and
// small matrices live in registers. Functions that use them are `gnu::flatten`, which makes the bodies part of them.
#pragma once

#include <utility>

namespace laminet {

template <int k>
using Index = std::integral_constant<int, k>;

// body(0), ..., body(count - 1).
template <int count, class Body>
inline void each(const Body& body) {
  [&]<int... k>(std::integer_sequence<int, k...>) {
    (body(Index<k>{}), ...);
  }(std::make_integer_sequence<int, count>{});
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

// All columns of a matrix's row at once, as an index.
struct Whole {};

// body(j) for the columns of a matrix or affine law, body(i, j) for the entries that it keeps: packed ones once,
// those of a single point by rows.
template <class Law, class Body>
inline void each_column(const Body& body) {
  if constexpr (Law::whole)
    body(Whole{});
  else
    each<Law::columns>(body);
}
template <class Law, class Body>
inline void each_kept(const Body& body) {
  if constexpr (Law::whole)
    each<6>([&](auto i) { body(i, Whole{}); });
  else if constexpr (!Law::triangle)
    each_entry<6, Law::columns>(body);
  else
    each<6>([&](auto i) { each<Law::columns - i>([&](auto k) { body(i, Index<i + k>{}); }); });
}

}  // namespace laminet
