// What all bindings share: checked arrays and functions of scipy. Arrays that are written must not be converted on the
// way in (noconvert): the caller would never see the result.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>

#include "errors.hpp"

namespace nb = nanobind;
using namespace nb::literals;
using laminet::require;

template <class Scalar, std::size_t dimensions>
using Array = nb::ndarray<Scalar, nb::ndim<dimensions>, nb::c_contig, nb::device::cpu>;

// Whether an array has a shape.
template <class Any>
bool shaped(const Any& array, std::initializer_list<std::size_t> shape) {
  return array.ndim() == shape.size() && std::equal(shape.begin(), shape.end(), array.shape_ptr());
}

// BLAS and LAPACK of scipy.linalg.cython_blas and cython_lapack: capsules whose name is the function's type. It must
// be ours: double precision (Cython's name of it ends in `_d`), 32-bit integers.
template <class... Arguments>
void unwrap(void (*&function)(Arguments...), const nb::capsule& capsule) {
  const std::string name = capsule.name() == nullptr ? "" : capsule.name();
  bool same = name.starts_with("void (") && name.ends_with(')');
  std::size_t at = 6;
  const auto matches = [&](const char* wanted) {
    const std::size_t end = std::min(name.find_first_of(",)", at), name.size());
    const std::string found = same && at < end ? name.substr(at, end - at) : "";
    at = end + 2;
    return found.ends_with(wanted);
  };
  ((same = matches(std::is_same_v<Arguments, char*>  ? "char *"
                   : std::is_same_v<Arguments, int*> ? "int *"
                                                     : "_d *") &&
           same),
   ...);
  require(same && at == name.size() + 1, "not a BLAS or LAPACK function of scipy");
  function = reinterpret_cast<void (*)(Arguments...)>(capsule.data());
}
