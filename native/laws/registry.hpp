// The laws there are: the one place that lists them. A new law is one header like elastic.hpp or j2.hpp, with an update
// that is written once for one point and for a group of points, and its class in the list below. Training on curves
// also needs its `linearise` and `adjoint`. A law that hardens takes all forms of hardening.hpp: to its name theirs is
// appended, to its constants theirs. A law that depends on time needs `over`.
// The states of umat.hpp have any size, so that they lie elsewhere.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "laws/drucker_prager.hpp"
#include "laws/elastic.hpp"
#include "laws/j2.hpp"
#include "laws/umat.hpp"
#include "laws/viscoplastic.hpp"

namespace laminet {

// A law that can be trained on curves.
template <class One>
concept Differentiable = requires { &One::template adjoint<Group>; };

// A law that has a hardening.
template <class One>
concept Hardens = std::is_constructible_v<One, const double*, const Hardening<double>&>;

// A law that depends on the duration of increments.
template <class One>
concept RateDependent = requires(One one) { one.over(1.0); };

// A law whose states do not fit into Kind::State; see umat.hpp.
template <class One>
concept Attached = requires(const One& one) { one.attached_size(); };

// One of several laws, whose constants are double, or Lane: then a law of the same kind in every place. See the
// functions of each.
template <class Constant, template <class> class... All>
class AnyLaw {
 public:
  static constexpr std::size_t state_size = std::max({All<Constant>::state_size...});  // of the law that needs most

  // By its name and constants. Throws BadInput where there is none, or the constants are not its own.
  AnyLaw(const std::string& name, const std::vector<double>& constants) : law(made(name, constants)) {}

  // The one that it is.
  template <class One>
    requires(std::is_same_v<One, All<Constant>> || ...)
  explicit AnyLaw(One one) : law(std::move(one)) {}

  // From the laws of the places, which are of one kind.
  explicit AnyLaw(const Places<AnyLaw<double, All...>>& of)
      : law(std::visit(
            [&]<template <class> class One>(const One<double>&) {
              Places<One<double>> places;
              std::transform(of.begin(), of.end(), places.begin(),
                             [](const auto* any) { return &std::get<One<double>>(any->law); });
              return Variant(One<Constant>(places));
            },
            of[0]->law)) {}

  // Its kind, a number: the law and the form of its hardening.
  std::size_t kind() const {
    return std::visit(
        [&](const auto& one) {
          std::size_t form = 0;
          if constexpr (requires { one.form(); }) form = one.form();
          return form * sizeof...(All) + law.index();
        },
        law);
  }

  // Whether its tangent is symmetric, as that of a law is that does not say.
  bool symmetric() const {
    return std::visit(
        []<class One>(const One& one) {
          if constexpr (requires { one.symmetric(); })
            return one.symmetric();
          else
            return true;
        },
        law);
  }

  bool differentiable() const {
    return std::visit([]<class One>(const One&) { return Differentiable<One>; }, law);
  }

  bool rate_dependent() const {
    return std::visit(
        []<class One>(const One& one) {
          if constexpr (Attached<One>)
            return one.rate_dependent();
          else
            return RateDependent<One>;
        },
        law);
  }

  // From now on, updates are of increments of so many seconds.
  void over(double duration) {
    std::visit(
        [&]<class One>(One& one) {
          if constexpr (RateDependent<One>) one.over(duration);
        },
        law);
  }

  template <class Kind, class... Arguments>
  typename Kind::Mask update(Arguments&&... arguments) const {
    return std::visit([&](const auto& one) { return one.template update<Kind>(arguments...); }, law);
  }

  // Both throw BadInput where the law is not differentiable.
  template <class Kind, class... Arguments>
  void linearise(Arguments&&... arguments) const {
    std::visit(
        [&]<class One>(const One& one) {
          if constexpr (Differentiable<One>)
            one.template linearise<Kind>(arguments...);
          else
            throw BadInput(std::string("the law ") + One::name + " has no derivatives");
        },
        law);
  }
  template <class Kind, class... Arguments>
  typename Kind::State adjoint(Arguments&&... arguments) const {
    return std::visit(
        [&]<class One>(const One& one) -> typename Kind::State {
          if constexpr (Differentiable<One>)
            return one.template adjoint<Kind>(arguments...);
          else
            throw BadInput(std::string("the law ") + One::name + " has no derivatives");
        },
        law);
  }

  // Of a law whose states lie elsewhere; of any other there are no numbers and no trouble.
  std::size_t attached_size() const {
    return std::visit(
        []<class One>(const One& one) -> std::size_t {
          if constexpr (Attached<One>)
            return one.attached_size();
          else
            return 0;
        },
        law);
  }
  void attach(const double* old_states, double* new_states, std::size_t stride) {
    std::visit(
        [&]<class One>(One& one) {
          if constexpr (Attached<One>) one.attach(old_states, new_states, stride);
        },
        law);
  }
  std::string trouble() const {
    return std::visit(
        []<class One>(const One& one) -> std::string {
          if constexpr (Attached<One>)
            return one.trouble();
          else
            return {};
        },
        law);
  }

  Rows secant(const Row& strain_increment, const Row& old, const Row& state) const {
    return std::visit([&](const auto& one) { return one.secant(strain_increment, old, state); }, law);
  }

  void turn(const Rows& R) {
    std::visit([&](auto& one) { one.turn(R); }, law);
  }

 private:
  template <class, template <class> class...>
  friend class AnyLaw;

  using Variant = std::variant<All<Constant>...>;

  static Variant made(const std::string& name, const std::vector<double>& constants) {
    std::optional<Variant> law;
    const auto attempt = [&]<class One>(std::type_identity<One>) {
      const std::string own = One::name, usage = name + " " + One::usage;
      if constexpr (Hardens<One>) {
        if (!name.starts_with(own)) return;
        const auto rest = std::span(constants).subspan(std::min(One::constants, constants.size()));
        if (const auto hardening = Hardening<Constant>::made(name.substr(own.size()), rest, usage))
          law.emplace(One(constants.data(), *hardening));
      } else if constexpr (!Attached<One>) {
        if (name != own) return;
        require(constants.size() == One::constants, "the form is: " + usage);
        law.emplace(One(constants.data()));
      }
    };
    require(finite(constants.data(), constants.size()), "the law " + name + " holds a number that is not finite");
    (attempt(std::type_identity<All<Constant>>{}), ...);
    require(law.has_value(), "the law " + name + " is unknown");
    return *law;
  }

  Variant law;
};

template <class Constant>
using LawOf = AnyLaw<Constant, J2, DruckerPrager, Elastic, Viscoplastic, Umat>;

using Law = LawOf<double>;
using Laws = std::vector<Law>;  // of phases 0, 1, ...

}  // namespace laminet
