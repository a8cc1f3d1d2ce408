// The laws there are: the one place that lists them. A new law is one header like elastic.hpp or j2.hpp, with an update
// that is written once for one point and for a group of points, and its class in the list below.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "laws/elastic.hpp"
#include "laws/j2.hpp"

namespace laminet {

// One of several laws. See the update, secant and turn of each.
template <class... All>
class AnyLaw {
 public:
  static constexpr std::size_t state_size = std::max({All::state_size...});  // of the law that needs most

  // By its name and constants. Throws BadInput where there is none, or the constants are not its own.
  AnyLaw(const std::string& name, const std::vector<double>& constants) : law(made(name, constants)) {}

  template <class Kind, class... Arguments>
  typename Kind::Mask update(Arguments&&... arguments) const {
    return std::visit([&](const auto& one) { return one.template update<Kind>(arguments...); }, law);
  }

  Rows secant(const Row& strain_increment, const Row& old, const Row& state) const {
    return std::visit([&](const auto& one) { return one.secant(strain_increment, old, state); }, law);
  }

  void turn(const Rows& R) {
    std::visit([&](auto& one) { one.turn(R); }, law);
  }

 private:
  using Variant = std::variant<All...>;

  static Variant made(const std::string& name, const std::vector<double>& constants) {
    std::optional<Variant> law;
    const auto attempt = [&]<class One>(std::type_identity<One>) {
      if (name != One::name) return;
      require(constants.size() == One::constants, "the form is: " + std::string(One::usage));
      require(finite(constants.data(), One::constants), "the law " + name + " holds a number that is not finite");
      law.emplace(One(constants.data()));
    };
    (attempt(std::type_identity<All>{}), ...);
    require(law.has_value(), "the law " + name + " is unknown");
    return *law;
  }

  Variant law;
};

using Law = AnyLaw<J2, Elastic>;
using Laws = std::vector<Law>;  // of phases 0, 1, ...

}  // namespace laminet
