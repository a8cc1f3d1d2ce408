// Python's view of the numeric phase of nested dissection: checked arrays in, arrays out, no logic.
#include "cells/dissection.hpp"

#include <nanobind/stl/optional.h>

#include <climits>
#include <cstdint>

#include "bindings/arrays.hpp"

namespace {

using Numbers = Array<const std::int32_t, -1>;

std::vector<int> numbers(const auto& array) {
  require(array.size() < INT_MAX, "more entries than 32-bit integers count");
  return {array.data(), array.data() + array.size()};
}

void make(laminet::Dissection* dissection, int size, const Numbers& order,
          const Array<const std::int32_t, -1, -1>& place, const Numbers& elements, const Numbers& inner,
          const Numbers& outer, const Numbers& interface, const nb::capsule& dpotrf, const nb::capsule& dtrsm,
          const nb::capsule& dsyrk, const nb::capsule& dgemm) {
  laminet::Blas blas{};
  unwrap(blas.dpotrf, dpotrf);
  unwrap(blas.dtrsm, dtrsm);
  unwrap(blas.dsyrk, dsyrk);
  unwrap(blas.dgemm, dgemm);
  const int columns = static_cast<int>(place.shape(1));
  new (dissection) laminet::Dissection({size, columns, numbers(order), numbers(place), numbers(elements),
                                        numbers(inner), numbers(outer), numbers(interface)},
                                       blas);
}

std::optional<laminet::Factor> factorize(laminet::Dissection& dissection,
                                         const Array<const double, -1, -1, -1>& matrices) {
  const std::size_t d = dissection.tree->columns;
  require(matrices.shape(0) == dissection.tree->order.size() && matrices.shape(1) == d && matrices.shape(2) == d,
          "matrices must be (elements, d, d)");
  nb::gil_scoped_release release;
  return dissection.factorize(matrices.data());
}

template <void (laminet::Factor::*step)(double*, int) const>
void apply(const laminet::Factor& factor, const Array<double, -1, -1>& x) {
  require_length(factor.tree->size, "x must be (size, k)", x);
  require(x.shape(1) < INT_MAX, "more columns than 32-bit integers count");
  nb::gil_scoped_release release;
  (factor.*step)(x.data(), static_cast<int>(x.shape(1)));
}

}  // namespace

NB_MODULE(_dissection, module) {
  using laminet::Factor;
  nb::class_<Factor>(module, "Factor")
      .def("forward", &apply<&Factor::forward>, "x"_a.noconvert(),
           "L^-1 x (size, k) in place, in the elimination order.")
      .def("backward", &apply<&Factor::backward>, "x"_a.noconvert(), "L^-T x (size, k) in place.");
  nb::class_<laminet::Dissection>(module, "Dissection")
      .def("__init__", &make, "size"_a, "order"_a, "place"_a, "elements"_a, "inner"_a, "outer"_a, "interface"_a,
           "dpotrf"_a, "dtrsm"_a, "dsyrk"_a, "dgemm"_a)
      .def("factorize", &factorize, "matrices"_a,
           "Cholesky factor of the sum of element matrices; None if it is not positive definite.");
}
