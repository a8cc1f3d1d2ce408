// J2 plasticity with isotropic hardening, implicit radial return, as laminet.materials.laws.J2.
// The state is the plastic strain and the equivalent plastic strain.
#pragma once

#include <algorithm>
#include <cmath>

#include "block/points.hpp"
#include "errors.hpp"

namespace laminet {

class J2 {
 public:
  static constexpr const char* name = "j2";
  static constexpr const char* usage = "j2 YOUNG POISSON INITIAL LINEAR SATURATION RATE";
  static constexpr std::size_t constants = 6, state_size = 7;

  // Young's modulus and the parameters of the yield stress initial + linear p + saturation (1 - exp(-rate p)) in GPa.
  // Throws BadInput where one is out of range.
  explicit J2(const double* constant)
      : shear(constant[0] / (2.0 * (1.0 + constant[1]))),
        lame(2.0 * shear * constant[1] / (1.0 - 2.0 * constant[1])),
        initial(constant[2]),
        linear(constant[3]),
        saturation(constant[4]),
        rate(constant[5]) {
    require(constant[0] > 0.0, "Young's modulus must be positive");
    require(-1.0 < constant[1] && constant[1] < 0.5, "Poisson's ratio must lie between -1 and 0.5");
    require(initial > 0.0, "the initial yield stress must be positive");
    require(std::min({linear, saturation, rate}) >= 0.0,
            "softening is not supported: linear, saturation and rate must not be negative");
  }

  void turn(const Rows&) {}  // isotropic

  // Stress, consistent tangent and new state at total strain; not sound (and NaN) where the return has no solution.
  template <class Kind>
  [[gnu::flatten]] typename Kind::Mask update(const typename Kind::Vector& strain, const typename Kind::State& old,
                                              typename Kind::Vector& stress, typename Kind::Tangent& tangent,
                                              typename Kind::State& state) const {
    using Number = typename Kind::Number;
    using Vector = typename Kind::Vector;
    using Mask = typename Kind::Mask;
    const Vector elastic = strain - strain_of(old);
    stress = plus_normal(2.0 * shear * elastic, lame * trace(elastic));
    state = old;
    const Vector deviator = plus_normal(stress, trace(stress) / -3.0);
    const Number size = norm(deviator), mises = std::sqrt(1.5) * size, p = old[6];
    Number slope{};
    const Mask flows = mises > yield_stress(p, slope) * (1.0 + yield_margin);
    if (!any(flows)) {
      set_tangent<Kind>(tangent, lame + Number{}, 2.0 * shear + Number{}, Number{}, deviator);
      return Mask{} == Mask{};
    }
    const Number multiplier = plastic_increment(mises, p, flows, slope);
    const Number ratio = select(flows, multiplier / mises, Number{}), six_g2 = Number{} + 6.0 * shear * shear;
    const Vector direction = select(flows, (1.0 / size) * deviator), flow = std::sqrt(1.5) * multiplier * direction;
    stress -= 2.0 * shear * flow;
    state += joined(flow, multiplier);
    set_tangent<Kind>(tangent, lame + six_g2 * ratio / 3.0, 2.0 * shear - six_g2 * ratio,
                      select(flows, six_g2 * (ratio - 1.0 / (3.0 * shear + slope)), Number{}), direction);
    return multiplier == multiplier;
  }

  // C - (C d)(C d)^T / (e . C d) for the plastic strain increment d over the strain increment e: symmetric, and it maps
  // e exactly to the stress increment. The elastic stiffness C where nothing flows.
  Rows secant(const Row& strain_increment, const Row& old, const Row& state) const {
    const Row flow = strain_of(state - old), relaxed = plus_normal(2.0 * shear * flow, lame * trace(flow));
    const double work = dot(strain_increment, relaxed);
    Rows moduli;
    set_tangent<Single>(moduli, lame, 2.0 * shear, work > 0.0 ? -1.0 / work : 0.0, relaxed);
    return moduli;
  }

 private:
  static constexpr int iterations = 60;
  static constexpr double tolerance = 1e-14;     // of the elastic slope 3 G and of the trial stress: rounding
  static constexpr double yield_margin = 1e-10;  // of the yield stress: no flow by rounding alone

  // lame 1 1^T + two_g I + along d d^T.
  template <class Kind>
  static void set_tangent(typename Kind::Tangent& tangent, const typename Kind::Number& lame,
                          const typename Kind::Number& two_g, const typename Kind::Number& along,
                          const typename Kind::Vector& d) {
    each_kept<typename Kind::Tangent>(
        [&](auto i, auto j) { tangent(i, j) = (along * d[i]) * d[j] + isotropic(i, j, lame, two_g); });
  }

  // Yield stress at the equivalent plastic strain p, and its slope.
  template <class Number>
  Number yield_stress(const Number& p, Number& slope) const {
    const Number decay = saturation == 0.0 ? Number{} : falling_exponential(rate * p);
    slope = linear + saturation * rate * decay;
    return initial + linear * p + saturation * (1.0 - decay);
  }

  // Root d of mises - 3 G d = yield stress(p + d), and the slope of the yield stress there; zero where nothing flows,
  // NaN where there is none. The function falls and is convex (hardening is concave), so Newton from d = 0 rises to the
  // root without overshooting. Each place iterates until it meets its own tolerance.
  template <class Number, class Mask>
  Number plastic_increment(const Number& mises, const Number& p, const Mask& flows, Number& slope) const {
    Number increment{};
    Mask going = flows;
    for (int k = 0; k < iterations && any(going); ++k) {
      Number steepness;
      const Number excess = mises - 3.0 * shear * increment - yield_stress(Number(p + increment), steepness);
      const Number step = excess / (3.0 * shear + steepness);
      slope = select(going, steepness, slope);
      increment = select(going, increment + step, increment);
      going = going & (3.0 * shear * absolute(step) > tolerance * (3.0 * shear * increment + mises));
    }
    return select(going, Number{} + std::nan(""), increment);
  }

  double shear, lame;  // moduli
  double initial, linear, saturation, rate;
};

}  // namespace laminet
