// Isotropic hardening, as laminet.materials.laws.hardening: the yield stress and the return to it. A form has a class
// of its own; Hardening is any of them. A yield stress in GPa is a function of the equivalent plastic strain p.
//
// `Constant`: double, or Lane where every place has constants of its own. `stress` gives the yield stress at p, and its
// slope. `increment` gives the root d of trial - elastic d = yield stress(p + d), and the slope there; zero where
// nothing flows, NaN where there is none.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "block/points.hpp"
#include "errors.hpp"

namespace laminet {

inline constexpr double yield_margin = 1e-10;  // of the yield stress: no flow by rounding alone

// `increment` of a concave yield stress: the function falls and is convex, so Newton from d = 0 rises to the root
// without overshooting. Each place iterates until it meets its own tolerance.
template <class Form, class Constant, class Number, class Mask>
Number concave_increment(const Form& form, const Number& trial, const Constant& elastic, const Number& p,
                         const Mask& flows, Number& slope) {
  constexpr int iterations = 60;
  constexpr double tolerance = 1e-14;  // of the elastic slope and of the trial stress: rounding
  Number increment{};
  Mask going = flows;
  for (int k = 0; k < iterations && any(going); ++k) {
    Number steepness;
    const Number excess = trial - elastic * increment - form.stress(Number(p + increment), steepness);
    const Number step = excess / (elastic + steepness);
    slope = select(going, steepness, slope);
    increment = select(going, increment + step, increment);
    going = going & (elastic * absolute(step) > tolerance * (elastic * increment + trial));
  }
  return select(going, Number{} + std::nan(""), increment);
}

// initial + linear p + saturation (1 - exp(-rate p)).
template <class Constant>
class SaturatingHardening {
 public:
  static constexpr const char *form = "", *usage = "INITIAL LINEAR SATURATION RATE";
  static bool fits(std::size_t count) { return count == 4; }

  explicit SaturatingHardening(std::span<const double> constant)
      : initial(constant[0]), linear(constant[1]), saturation(constant[2]), rate(constant[3]) {
    require(initial > 0.0, "the initial yield stress must be positive");
    require(std::min({linear, saturation, rate}) >= 0.0,
            "softening is not supported: linear, saturation and rate must not be negative");
  }

  explicit SaturatingHardening(const Places<SaturatingHardening<double>>& of)
      : initial(lane_of(of, &SaturatingHardening<double>::initial)),
        linear(lane_of(of, &SaturatingHardening<double>::linear)),
        saturation(lane_of(of, &SaturatingHardening<double>::saturation)),
        rate(lane_of(of, &SaturatingHardening<double>::rate)) {}

  template <class Number>
  Number stress(const Number& p, Number& slope) const {
    const Number decay = any(saturation != 0.0) ? falling_exponential(Number(rate * p)) : Number{};
    slope = linear + saturation * rate * decay;
    return initial + linear * p + saturation * (1.0 - decay);
  }

  template <class Number, class Mask>
  Number increment(const Number& trial, const Constant& elastic, const Number& p, const Mask& flows,
                   Number& slope) const {
    return concave_increment(*this, trial, elastic, p, flows, slope);
  }

 private:
  template <class>
  friend class SaturatingHardening;

  Constant initial, linear, saturation, rate;
};

// initial (1 + p / reference)^exponent.
template <class Constant>
class PowerHardening {
 public:
  static constexpr const char *form = "_power", *usage = "INITIAL REFERENCE EXPONENT";
  static bool fits(std::size_t count) { return count == 3; }

  explicit PowerHardening(std::span<const double> constant)
      : initial(constant[0]), reference(constant[1]), exponent(constant[2]) {
    require(initial > 0.0, "the initial yield stress must be positive");
    require(reference > 0.0, "the reference strain of a power law must be positive");
    require(0.0 <= exponent && exponent <= 1.0, "the exponent of a power law must lie from 0 to 1");
  }

  explicit PowerHardening(const Places<PowerHardening<double>>& of)
      : initial(lane_of(of, &PowerHardening<double>::initial)),
        reference(lane_of(of, &PowerHardening<double>::reference)),
        exponent(lane_of(of, &PowerHardening<double>::exponent)) {}

  template <class Number>
  Number stress(const Number& p, Number& slope) const {
    const Number stress = initial * power(Number(1.0 + p / reference), Number(Number{} + exponent));
    slope = exponent * stress / (reference + p);
    return stress;
  }

  template <class Number, class Mask>
  Number increment(const Number& trial, const Constant& elastic, const Number& p, const Mask& flows,
                   Number& slope) const {
    return concave_increment(*this, trial, elastic, p, flows, slope);
  }

 private:
  template <class>
  friend class PowerHardening;

  Constant initial, reference, exponent;
};

// A straight line of a table from one of its points on.
template <class Number>
struct TableLine {
  Number begin, stress, slope;
};

// Straight lines between points (p, stress), the first at p = 0; the curve may become steeper.
template <class Constant>
class TableHardening {
 public:
  static constexpr const char *form = "_table", *usage = "BEYOND P STRESS P STRESS ..., BEYOND the last slope";
  static bool fits(std::size_t count) { return count >= 5 && count % 2 == 1; }

  explicit TableHardening(std::span<const double> constant) {
    Lines lines;
    for (std::size_t k = 1; k < constant.size(); k += 2) lines.push_back({constant[k], constant[k + 1], constant[0]});
    require(lines[0].begin == 0.0, "the first p of a table must be 0");
    require(lines[0].stress > 0.0, "the initial yield stress must be positive");
    for (std::size_t k = 1; k < lines.size(); ++k) {
      require(lines[k].begin > lines[k - 1].begin, "the points of a table must be sorted by p, each p once");
      lines[k - 1].slope = (lines[k].stress - lines[k - 1].stress) / (lines[k].begin - lines[k - 1].begin);
    }
    for (const auto& line : lines) require(line.slope >= 0.0, "softening is not supported: a table must not fall");
    table = std::make_shared<const Lines>(std::move(lines));
  }

  explicit TableHardening(const Places<TableHardening<double>>& of) {
    for (int place = 0; place < width; ++place) table[place] = of[place]->table;
  }

  template <class Number>
  Number stress(const Number& p, Number& slope) const {
    const auto line =
        lines<Number>([&](int place, const TableLine<double>& line) { return line.begin <= at(p, place); });
    slope = line.slope;
    return line.stress + line.slope * (p - line.begin);
  }

  // Exact: the root lies on the line where elastic p + stress(p), which rises, reaches trial + elastic p.
  template <class Number, class Mask>
  Number increment(const Number& trial, const Constant& elastic, const Number& p, const Mask& flows,
                   Number& slope) const {
    const Number target = trial + elastic * p;
    const auto line = lines<Number>([&](int place, const TableLine<double>& line) {
      return at(elastic, place) * line.begin + line.stress <= at(target, place);
    });
    slope = select(flows, line.slope, slope);
    return select(flows, Number((trial - line.stress - line.slope * (p - line.begin)) / (elastic + line.slope)),
                  Number{});
  }

 private:
  template <class>
  friend class TableHardening;

  using Lines = std::vector<TableLine<double>>;
  using Table = std::shared_ptr<const Lines>;  // of many points, so copies of a law share it

  static double at(double number, int) { return number; }
  static double at(const Lane& numbers, int place) { return numbers[place]; }

  // The last line in each place's table that has been reached, the first where none has.
  template <class Number>
  TableLine<Number> lines(const auto& reached) const {
    const auto line = [&](int place) -> const TableLine<double>& {
      const Lines* of;
      if constexpr (std::is_same_v<Constant, Lane>)
        of = table[place].get();
      else
        of = table.get();
      const auto next =
          std::partition_point(of->begin() + 1, of->end(), [&](const auto& one) { return reached(place, one); });
      return *(next - 1);
    };
    if constexpr (std::is_same_v<Number, double>) {
      return line(0);
    } else {
      TableLine<Number> all;
      for (int place = 0; place < width; ++place) {
        const TableLine<double>& one = line(place);
        all.begin[place] = one.begin;
        all.stress[place] = one.stress;
        all.slope[place] = one.slope;
      }
      return all;
    }
  }

  std::conditional_t<std::is_same_v<Constant, Lane>, std::array<Table, width>, Table> table;
};

// Any form; in the places of a lane all have the same.
template <class Constant>
class Hardening {
 public:
  // Of the form and its constants; none where the form is unknown. `law`: its name and its other constants, for the
  // message where the number of these is wrong. Throws BadInput where a constant is out of range.
  static std::optional<Hardening> made(const std::string& form, std::span<const double> constants,
                                       const std::string& law) {
    std::optional<Hardening> hardening;
    const auto attempt = [&]<class Form>(std::type_identity<Form>) {
      if (form != Form::form) return;
      require(Form::fits(constants.size()), "the form is: " + law + " " + Form::usage);
      hardening.emplace(Hardening(Form(constants)));
    };
    attempt(std::type_identity<SaturatingHardening<Constant>>{});
    attempt(std::type_identity<PowerHardening<Constant>>{});
    attempt(std::type_identity<TableHardening<Constant>>{});
    return hardening;
  }

  // The hardening of the places.
  explicit Hardening(const Places<Hardening<double>>& of)
      : form(std::visit(
            [&]<template <class> class Form>(const Form<double>&) {
              Places<Form<double>> places;
              std::transform(of.begin(), of.end(), places.begin(),
                             [](const auto* any) { return &std::get<Form<double>>(any->form); });
              return Variant(Form<Constant>(places));
            },
            of[0]->form)) {}

  // Its form: a number.
  std::size_t kind() const { return form.index(); }

  // What a function of the form returns, of which code is made for each form: for what asks more than once.
  auto with(const auto& function) const { return std::visit(function, form); }

  template <class Number>
  Number stress(const Number& p, Number& slope) const {
    return with([&](const auto& one) { return one.stress(p, slope); });
  }

  template <class Number, class Mask>
  Number increment(const Number& trial, const Constant& elastic, const Number& p, const Mask& flows,
                   Number& slope) const {
    return with([&](const auto& one) { return one.increment(trial, elastic, p, flows, slope); });
  }

 private:
  template <class>
  friend class Hardening;

  using Variant = std::variant<SaturatingHardening<Constant>, PowerHardening<Constant>, TableHardening<Constant>>;

  explicit Hardening(Variant form) : form(std::move(form)) {}

  Variant form;
};

}  // namespace laminet
