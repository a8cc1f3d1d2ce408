// Isotropic hardening, as laminet.materials.laws.Hardening: the yield stress and the return to it.
#pragma once

#include <algorithm>
#include <cmath>

#include "block/points.hpp"
#include "errors.hpp"

namespace laminet {

// `Constant`: double, or Lane where every place has constants of its own. The yield stress is
// initial + linear p + saturation (1 - exp(-rate p)), in GPa, of the equivalent plastic strain p.
template <class Constant>
class Hardening {
 public:
  static constexpr std::size_t constants = 4;  // initial, linear, saturation, rate

  // Throws BadInput where a constant is out of range.
  explicit Hardening(const double* constant)
      : initial(constant[0]), linear(constant[1]), saturation(constant[2]), rate(constant[3]) {
    require(initial > 0.0, "the initial yield stress must be positive");
    require(std::min({linear, saturation, rate}) >= 0.0,
            "softening is not supported: linear, saturation and rate must not be negative");
  }

  // The hardening of the places.
  explicit Hardening(const Places<Hardening<double>>& of) {
    for (const auto& [lanes, number] : {std::pair{&Hardening::initial, &Hardening<double>::initial},
                                        {&Hardening::linear, &Hardening<double>::linear},
                                        {&Hardening::saturation, &Hardening<double>::saturation},
                                        {&Hardening::rate, &Hardening<double>::rate}})
      for (int place = 0; place < width; ++place) (this->*lanes)[place] = of[place]->*number;
  }

  // Yield stress at the equivalent plastic strain p, and its slope.
  template <class Number>
  Number stress(const Number& p, Number& slope) const {
    const Number decay = any(saturation != 0.0) ? falling_exponential(Number(rate * p)) : Number{};
    slope = linear + saturation * rate * decay;
    return initial + linear * p + saturation * (1.0 - decay);
  }

  // Root d of trial - elastic d = yield stress(p + d), and the slope of the yield stress there; zero where nothing
  // flows, NaN where there is none. The function falls and is convex (hardening is concave), so Newton from d = 0 rises
  // to the root without overshooting. Each place iterates until it meets its own tolerance.
  template <class Number, class Mask>
  Number increment(const Number& trial, const Constant& elastic, const Number& p, const Mask& flows,
                   Number& slope) const {
    Number increment{};
    Mask going = flows;
    for (int k = 0; k < iterations && any(going); ++k) {
      Number steepness;
      const Number excess = trial - elastic * increment - stress(Number(p + increment), steepness);
      const Number step = excess / (elastic + steepness);
      slope = select(going, steepness, slope);
      increment = select(going, increment + step, increment);
      going = going & (elastic * absolute(step) > tolerance * (elastic * increment + trial));
    }
    return select(going, Number{} + std::nan(""), increment);
  }

 private:
  template <class>
  friend class Hardening;

  static constexpr int iterations = 60;
  static constexpr double tolerance = 1e-14;  // of the elastic slope and of the trial stress: rounding

  Constant initial, linear, saturation, rate;
};

}  // namespace laminet
