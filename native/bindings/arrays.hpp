// What all bindings share: arrays, choices by name and functions of scipy. Arrays that are written must not be
// converted on the way in (noconvert): the caller would never see the result.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <initializer_list>
#include <regex>
#include <string>
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
  std::string arguments;
  ((arguments += std::is_same_v<Arguments, char*>  ? ", char \\*"
                 : std::is_same_v<Arguments, int*> ? ", int \\*"
                                                   : ", \\w*_d \\*"),
   ...);
  const std::regex type("void \\(" + arguments.substr(2) + "\\)");
  require(capsule.name() != nullptr && std::regex_match(capsule.name(), type),
          "not a BLAS or LAPACK function of scipy");
  function = reinterpret_cast<void (*)(Arguments...)>(capsule.data());
}

// The parts of the module `_native`.
void bind_training(nb::module_& module);
void bind_online(nb::module_& module);
