// Python's view of the numeric phase of nested dissection: checked arrays in, arrays out, no logic.
#include "cells/dissection.hpp"

#include <nanobind/stl/optional.h>

#include <climits>

#include "bindings/arrays.hpp"

namespace {

// The number of dimensions is checked here, so that a wrong one is a ValueError.
template <class Scalar>
using AnyArray = nb::ndarray<Scalar, nb::c_contig, nb::device::cpu>;
using Numbers = AnyArray<const std::int32_t>;

std::vector<int> numbers(const Numbers& array, std::size_t dimensions = 1) {
  require(array.ndim() == dimensions, "parts are described by arrays (n,), places by (elements, d)");
  require(array.size() < INT_MAX, "more entries than 32-bit integers count");
  return {array.data(), array.data() + array.size()};
}

class BoundFactor {
 public:
  explicit BoundFactor(laminet::Factor factor) : factor(std::move(factor)) {}

  void forward(AnyArray<double> x) const { apply(x, &laminet::Factor::forward); }
  void backward(AnyArray<double> x) const { apply(x, &laminet::Factor::backward); }

 private:
  void apply(const AnyArray<double>& x, void (laminet::Factor::*step)(double*, int) const) const {
    require(x.ndim() == 2 && x.shape(0) == static_cast<std::size_t>(factor.tree->size), "x must be (size, k)");
    require(x.shape(1) < INT_MAX, "more columns than 32-bit integers count");
    nb::gil_scoped_release release;
    (factor.*step)(x.data(), static_cast<int>(x.shape(1)));
  }

  laminet::Factor factor;
};

class BoundDissection {
 public:
  BoundDissection(int size, const Numbers& order, const Numbers& place, const Numbers& elements, const Numbers& inner,
                  const Numbers& outer, const Numbers& interface, const nb::capsule& dpotrf, const nb::capsule& dtrsm,
                  const nb::capsule& dsyrk, const nb::capsule& dgemm)
      : dissection(parts(size, order, place, elements, inner, outer, interface), blas(dpotrf, dtrsm, dsyrk, dgemm)) {}

  std::optional<BoundFactor> factorize(const AnyArray<const double>& matrices) {
    const std::size_t d = dissection.tree->columns;
    require(shaped(matrices, {dissection.tree->order.size(), d, d}), "matrices must be (elements, d, d)");
    nb::gil_scoped_release release;
    std::optional<laminet::Factor> factor = dissection.factorize(matrices.data());
    if (!factor) return std::nullopt;
    return BoundFactor(std::move(*factor));
  }

 private:
  static laminet::Parts parts(int size, const Numbers& order, const Numbers& place, const Numbers& elements,
                              const Numbers& inner, const Numbers& outer, const Numbers& interface) {
    std::vector<int> places = numbers(place, 2);
    return {size,
            static_cast<int>(place.shape(1)),
            numbers(order),
            std::move(places),
            numbers(elements),
            numbers(inner),
            numbers(outer),
            numbers(interface)};
  }

  static laminet::Blas blas(const nb::capsule& dpotrf, const nb::capsule& dtrsm, const nb::capsule& dsyrk,
                            const nb::capsule& dgemm) {
    laminet::Blas functions{};
    unwrap(functions.dpotrf, dpotrf);
    unwrap(functions.dtrsm, dtrsm);
    unwrap(functions.dsyrk, dsyrk);
    unwrap(functions.dgemm, dgemm);
    return functions;
  }

  laminet::Dissection dissection;
};

}  // namespace

NB_MODULE(_dissection, module) {
  nb::class_<BoundFactor>(module, "Factor")
      .def("forward", &BoundFactor::forward, "x"_a.noconvert(), "L^-1 x (size, k) in place, in the elimination order.")
      .def("backward", &BoundFactor::backward, "x"_a.noconvert(), "L^-T x (size, k) in place.");
  nb::class_<BoundDissection>(module, "Dissection")
      .def(nb::init<int, const Numbers&, const Numbers&, const Numbers&, const Numbers&, const Numbers&, const Numbers&,
                    const nb::capsule&, const nb::capsule&, const nb::capsule&, const nb::capsule&>(),
           "size"_a, "order"_a, "place"_a, "elements"_a, "inner"_a, "outer"_a, "interface"_a, "dpotrf"_a, "dtrsm"_a,
           "dsyrk"_a, "dgemm"_a)
      .def("factorize", &BoundDissection::factorize, "matrices"_a,
           "Cholesky factor of the sum of element matrices; None if it is not positive definite.");
}
