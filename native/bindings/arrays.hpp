// What all bindings share: arrays, choices by name and functions of scipy. Arrays that are written must not be
// converted on the way in (noconvert): the caller would never see the result.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "errors.hpp"

namespace nb = nanobind;
using namespace nb::literals;
using laminet::require;

// Of a shape, -1 where a length is free; Python has a TypeError for another one.
template <class Scalar, nb::ssize_t... shape>
using Array = nb::ndarray<Scalar, nb::shape<shape...>, nb::c_contig, nb::device::cpu>;

template <class... Arrays>
void require_length(std::size_t length, const char* message, const Arrays&... arrays) {
  require(((arrays.shape(0) == length) && ...), message);
}

template <class Choice>
Choice choice(const std::string& name, std::initializer_list<std::pair<const char*, Choice>> choices) {
  for (const auto& [known, value] : choices)
    if (name == known) return value;
  throw laminet::BadInput(name + " is not one of the choices");
}

// BLAS and LAPACK of scipy.linalg.cython_blas and cython_lapack: capsules whose name is the function's type. It must
// be ours: double precision (Cython's name of it ends in `_d`), 32-bit integers.
template <class... Arguments>
void unwrap(void (*&function)(Arguments...), const nb::capsule& capsule) {
  std::string_view rest = capsule.name() != nullptr ? capsule.name() : "";
  const auto take = [&rest](std::string_view text) {
    const bool there = rest.starts_with(text);
    if (there) rest.remove_prefix(text.size());
    return there;
  };
  const auto take_argument = [&](std::string_view type) {
    const std::string_view argument = rest.substr(0, rest.find_first_of(",)"));
    rest.remove_prefix(argument.size());
    take(", ");
    return type == "double *" ? argument.ends_with("_d *") : argument == type;
  };
  const bool ours = take("void (") &&
                    (take_argument(std::is_same_v<Arguments, char*>  ? "char *"
                                   : std::is_same_v<Arguments, int*> ? "int *"
                                                                     : "double *") &&
                     ...) &&
                    rest == ")";
  require(ours, "not a BLAS or LAPACK function of scipy");
  function = reinterpret_cast<void (*)(Arguments...)>(capsule.data());
}

// The parts of the module `_native`.
void bind_training(nb::module_& module);
void bind_online(nb::module_& module);
void bind_curves(nb::module_& module);
