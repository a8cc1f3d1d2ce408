// The laws there are: the one place that lists them.
#pragma once

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "laws/elastic.hpp"
#include "laws/j2.hpp"

namespace laminet {

using Law = std::variant<J2, Elastic>;
using Laws = std::vector<Law>;  // of phases 0, 1, ...

// The law of a name and its constants. Throws BadInput where there is none, or the constants are not its own.
inline Law make_law(const std::string& name, const std::vector<double>& constants) {
  std::optional<Law> law;
  const auto try_one = [&]<class One>(std::in_place_type_t<One>) {
    if (name != One::name) return;
    require(constants.size() == One::constants, "the form is: " + std::string(One::usage));
    law.emplace(One(constants.data()));
  };
  const auto try_all = [&]<class... All>(std::in_place_type_t<std::variant<All...>>) {
    (try_one(std::in_place_type<All>), ...);
  };
  try_all(std::in_place_type<Law>);
  require(law.has_value(), "the law " + name + " is unknown");
  return *law;
}

// See the update, secant and turned of each law.
template <class Kind, class... Arguments>
inline bool update(const Law& law, Arguments&&... arguments) {
  return std::visit([&](const auto& own) { return own.template update<Kind>(arguments...); }, law);
}

inline Rows secant(const Law& law, const Row& strain_increment, const Row& old, const Row& state) {
  return std::visit([&](const auto& own) { return own.secant(strain_increment, old, state); }, law);
}

inline bool constant_tangent(const Law& law) {
  return std::visit([](const auto& own) { return own.constant_tangent; }, law);
}

inline Law turned(const Law& law, const Rows& R) {
  return std::visit([&](const auto& own) { return Law(own.turned(R)); }, law);
}

}  // namespace laminet
