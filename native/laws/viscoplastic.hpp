// Viscoplasticity, J2 with overstress, as laminet.materials.laws.Viscoplastic. The state is that of J2.
#pragma once

#include <cmath>
#include <limits>

#include "laws/j2.hpp"

namespace laminet {

// `Constant`: double, or Lane where every place has constants of its own.
template <class Constant>
class Viscoplastic {
 public:
  static constexpr const char* name = "viscoplastic";
  static constexpr const char* usage = "YOUNG POISSON DRAG RATE EXPONENT";
  static constexpr std::size_t constants = 5, state_size = J2<double>::state_size;

  // Those of J2, then drag (GPa; 0: the yield stress), rate (1/s) and exponent of the flow rule
  // rate (overstress / drag)^exponent, and the hardening. Throws BadInput where one is out of range.
  Viscoplastic(const double* constant, const Hardening<double>& hardening)
      : plastic(constant, hardening),
        drag(constant[2]),
        follows(drag == 0.0 ? 1.0 : 0.0),
        log_rate(std::log(constant[3])),
        exponent(constant[4]) {
    require(drag >= 0.0, "the drag must not be negative");
    require(constant[3] > 0.0, "the rate of flow must be positive");
    require(exponent >= 1.0, "the exponent of flow must be at least 1");
  }

  // The laws of the places.
  explicit Viscoplastic(const Places<Viscoplastic<double>>& of)
      : plastic(parts_of(of, &Viscoplastic<double>::plastic)),
        drag(lane_of(of, &Viscoplastic<double>::drag)),
        follows(lane_of(of, &Viscoplastic<double>::follows)),
        log_rate(lane_of(of, &Viscoplastic<double>::log_rate)),
        exponent(lane_of(of, &Viscoplastic<double>::exponent)),
        log_duration(of[0]->log_duration) {}

  std::size_t form() const { return plastic.form(); }  // of hardening

  void turn(const Rows&) {}  // isotropic

  void over(double duration) { log_duration = std::log(duration); }

  // As J2.
  template <class Kind>
  typename Kind::Mask update(const typename Kind::Vector& strain, const typename Kind::State& old,
                             typename Kind::Vector& stress, typename Kind::Tangent& tangent,
                             typename Kind::State& state) const {
    return plastic.hardening.with([&](const auto& form) {
      return plastic.template updated<Kind>(Overstress{*this, form}, strain, old, stress, tangent, state);
    });
  }

  Rows secant(const Row& strain_increment, const Row& old, const Row& state) const {
    return plastic.secant(strain_increment, old, state);
  }

 private:
  template <class>
  friend class Viscoplastic;

  static constexpr int iterations = 100;
  static constexpr double tolerance = 1e-14;  // of the trial stress, and of d: rounding

  // The yield stress of a form of hardening and the overstress, with the functions of a hardening.
  template <class Form>
  struct Overstress {
    const Viscoplastic& law;
    const Form& form;

    template <class Number>
    Number stress(const Number& p, Number& slope) const {
      return form.stress(p, slope);
    }

    // Root d of trial - elastic d = yield stress(p + d) + drag (d / (duration rate))^(1 / exponent), and the slope of
    // the right-hand side there; zero where nothing flows, NaN where there is none. See Viscoplastic._returned in
    // Python. A duration of zero gives d = 0 and an infinite slope.
    template <class Number, class Mask>
    Number increment(const Number& trial, const Constant& elastic, const Number& p, const Mask& flows,
                     Number& slope) const {
      const Constant &drag = law.drag, &follows = law.follows, &exponent = law.exponent;
      const Constant time = law.log_duration + law.log_rate;
      Number hardens;
      const Number start = form.stress(p, hardens), over = select(flows, Number(trial - start), Number{} + 1.0);
      const Number viscous = over / (drag + follows * start), most_plastic = logarithm(Number(over / elastic));
      const Number most_viscous = time + exponent * logarithm(viscous);
      const auto fast = most_viscous < most_plastic;
      const Number first = falling_exponential(select(fast, Number(-most_viscous), Number(-most_plastic)));
      const Number size = select(fast, viscous, falling_exponential(Number((time - most_plastic) / exponent)));
      Number fall{}, increment{};  // `fall`: log of the first d over d
      Number least{}, most = Number{} + std::numeric_limits<double>::infinity();
      Mask going = flows;
      for (int k = 0; k < iterations && any(going); ++k) {
        const Number d = first * falling_exponential(fall), share = size * falling_exponential(Number(fall / exponent));
        const Number yield = form.stress(Number(p + d), hardens), resistance = (drag + follows * yield) * share;
        const Number whole = elastic * d + (yield - start) + resistance, excess = whole - over;
        const Number hardening = hardens * (1.0 + follows * share);
        slope = select(going, Number(hardening + resistance / (exponent * d)), slope);
        increment = select(going, d, increment);
        const Number gain = d * (elastic + hardening) + resistance / exponent;
        const Number step = 2.0 * excess / (whole + over) * whole / gain, next = fall + step;
        const Number limit = tolerance * (1.0 + fall);
        going =
            going & !((absolute(excess) <= tolerance * trial) | (absolute(step) <= limit) | (most - least <= limit));
        const auto beyond = excess > 0.0;
        least = select(beyond, fall, least);
        most = select(beyond, most, fall);
        fall = select((next > least) & (next < most), next, Number(0.5 * (least + most)));
      }
      return select(going, Number{} + std::nan(""), increment);
    }
  };
  template <class Form>
  Overstress(const Viscoplastic&, const Form&) -> Overstress<Form>;

  J2<Constant> plastic;
  Constant drag, follows;  // the drag of Norton's rule, or 0 and how much the yield stress counts as drag: 1
  Constant log_rate, exponent;
  double log_duration = -std::numeric_limits<double>::infinity();  // of the increment
};

}  // namespace laminet
