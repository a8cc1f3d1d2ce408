// J2 plasticity with isotropic hardening, implicit radial return, as laminet.materials.laws.J2.
// The state is the plastic strain and the equivalent plastic strain.
#pragma once

#include <cmath>

#include "block/points.hpp"
#include "laws/elastic.hpp"
#include "laws/hardening.hpp"

namespace laminet {

template <class Constant>
class Viscoplastic;

// `Constant`: double, or Lane where every place has constants of its own.
template <class Constant>
class J2 {
 public:
  static constexpr const char* name = "j2";
  static constexpr const char* usage = "YOUNG POISSON";
  static constexpr std::size_t constants = 2, state_size = 7;

  // Young's modulus in GPa, Poisson's ratio, and the hardening. Throws BadInput where one is out of range.
  J2(const double* constant, const Hardening<double>& hardening)
      : shear(shear_modulus(constant[0], constant[1])),
        lame(2.0 * shear * constant[1] / (1.0 - 2.0 * constant[1])),
        hardening(hardening) {}

  // The laws of the places.
  explicit J2(const Places<J2<double>>& of)
      : shear(lane_of(of, &J2<double>::shear)),
        lame(lane_of(of, &J2<double>::lame)),
        hardening(parts_of(of, &J2<double>::hardening)) {}

  std::size_t form() const { return hardening.kind(); }  // of hardening

  void turn(const Rows&) {}  // isotropic

  // Stress, consistent tangent and new state at total strain; not sound (and NaN) where the return has no solution.
  template <class Kind>
  typename Kind::Mask update(const typename Kind::Vector& strain, const typename Kind::State& old,
                             typename Kind::Vector& stress, typename Kind::Tangent& tangent,
                             typename Kind::State& state) const {
    return hardening.with([&](const auto& form) { return updated<Kind>(form, strain, old, stress, tangent, state); });
  }

  // The update from `old` that ended in `state`, linearised: stress, consistent tangent and, for the cotangent
  // `after` of the new state, the cotangent of the strain at fixed stress, (dstate/dstrain)^T after.
  template <class Kind>
  [[gnu::flatten]] void linearise(const typename Kind::Vector& strain, const typename Kind::State& old,
                                  const typename Kind::State& state, const typename Kind::State& after,
                                  typename Kind::Vector& stress, typename Kind::Tangent& tangent,
                                  typename Kind::Vector& cotangent) const {
    using Vector = typename Kind::Vector;
    stress = elastic_stress(Vector(strain - strain_of(state)));
    const Flow<Kind> flow = flow_between<Kind>(stress, old, state);
    set_tangent<Kind>(tangent, flow);
    const Vector plastic = strain_of(after), &n = flow.direction;
    const auto three_g = 3.0 * shear, along = three_g * (flow.softness - flow.ratio) * dot(n, plastic) +
                                              std::sqrt(6.0) * shear * flow.softness * after[6];
    cotangent = three_g * flow.ratio * plus_normal(plastic, trace(plastic) / -3.0) + along * n;
  }

  // The cotangent of the old state, from the cotangents of the stress and of the new state, and from that of the strain
  // which they cause. Stress and growth of the state depend on the strain less the old plastic strain.
  template <class Kind>
  [[gnu::flatten]] typename Kind::State adjoint(const typename Kind::Vector& stress, const typename Kind::State& old,
                                                const typename Kind::State& state,
                                                const typename Kind::Vector& of_stress,
                                                const typename Kind::State& after,
                                                const typename Kind::Vector& of_strain) const {
    using Vector = typename Kind::Vector;
    const Flow<Kind> flow = flow_between<Kind>(stress, old, state);
    const Vector plastic = strain_of(after), relaxed = 2.0 * shear * of_stress - plastic;
    const auto lost = flow.slope * flow.softness;
    return joined(plastic - of_strain, (1.0 - lost) * after[6] + std::sqrt(1.5) * lost * dot(flow.direction, relaxed));
  }

  // C - (C d)(C d)^T / (e . C d) for the plastic strain increment d over the strain increment e: symmetric, and it maps
  // e exactly to the stress increment. The elastic stiffness C where nothing flows.
  Rows secant(const Row& strain_increment, const Row& old, const Row& state) const {
    const Row relaxed = elastic_stress(strain_of(state - old));
    const double work = dot(strain_increment, relaxed);
    Rows moduli;
    set_moduli<Single>(moduli, lame, 2.0 * shear, work > 0.0 ? -1.0 / work : 0.0, relaxed);
    return moduli;
  }

 private:
  template <class>
  friend class J2;
  template <class>
  friend class Viscoplastic;

  // Plastic flow in an update; zero where there is none.
  template <class Kind>
  struct Flow {
    typename Kind::Vector direction{};  // unit deviator of the stress
    typename Kind::Number ratio{};      // of the multiplier to the von Mises trial stress
    typename Kind::Number slope{};      // h of the yield stress
    typename Kind::Number softness{};   // 1 / (3 G + h)
  };

  // As `update`, with the form of the hardening, or with what else says how far the von Mises stress returns.
  template <class Kind, class Form>
  [[gnu::flatten]] typename Kind::Mask updated(const Form& form, const typename Kind::Vector& strain,
                                               const typename Kind::State& old, typename Kind::Vector& stress,
                                               typename Kind::Tangent& tangent, typename Kind::State& state) const {
    using Number = typename Kind::Number;
    using Vector = typename Kind::Vector;
    using Mask = typename Kind::Mask;
    stress = elastic_stress(Vector(strain - strain_of(old)));
    state = old;
    const Vector deviator = plus_normal(stress, trace(stress) / -3.0);
    const Number size = norm(deviator), mises = std::sqrt(1.5) * size, p = old[6];
    Number slope{};
    const Mask flows = mises > form.stress(p, slope) * (1.0 + yield_margin);
    if (!any(flows)) {
      set_tangent<Kind>(tangent, Flow<Kind>{});
      return Mask{} == Mask{};
    }
    const Number multiplier = form.increment(mises, Constant(3.0 * shear), p, flows, slope);
    const Flow<Kind> flow = flow_of<Kind>(flows, (1.0 / size) * deviator, multiplier / mises, slope);
    const Vector increment = std::sqrt(1.5) * multiplier * flow.direction;
    stress -= 2.0 * shear * increment;
    state += joined(increment, multiplier);
    set_tangent<Kind>(tangent, flow);
    return multiplier == multiplier;
  }

  template <class Kind>
  Flow<Kind> flow_of(const typename Kind::Mask& flows, const typename Kind::Vector& direction,
                     const typename Kind::Number& ratio, const typename Kind::Number& slope) const {
    using Number = typename Kind::Number;
    return {select(flows, direction), select(flows, ratio, Number{}), slope,
            select(flows, Number(1.0 / (3.0 * shear + slope)), Number{})};
  }

  // The flow that led from `old` to `state`, where the stress is as given.
  template <class Kind>
  Flow<Kind> flow_between(const typename Kind::Vector& stress, const typename Kind::State& old,
                          const typename Kind::State& state) const {
    using Number = typename Kind::Number;
    const typename Kind::Vector deviator = plus_normal(stress, trace(stress) / -3.0);
    const Number size = norm(deviator), multiplier = state[6] - old[6];
    Number slope{};
    hardening.stress(Number(state[6]), slope);
    return flow_of<Kind>(multiplier > Number{}, (1.0 / size) * deviator,
                         multiplier / (std::sqrt(1.5) * size + 3.0 * shear * multiplier), slope);
  }

  template <class Vector>
  Vector elastic_stress(const Vector& strain) const {
    return plus_normal(2.0 * shear * strain, lame * trace(strain));
  }

  template <class Kind>
  void set_tangent(typename Kind::Tangent& tangent, const Flow<Kind>& flow) const {
    const auto six_g2 = 6.0 * shear * shear;
    set_moduli<Kind>(tangent, lame + six_g2 * flow.ratio / 3.0, 2.0 * shear - six_g2 * flow.ratio,
                     six_g2 * (flow.ratio - flow.softness), flow.direction);
  }

  // lame 1 1^T + two_g I + along d d^T.
  template <class Kind>
  static void set_moduli(typename Kind::Tangent& moduli, const typename Kind::Number& lame,
                         const typename Kind::Number& two_g, const typename Kind::Number& along,
                         const typename Kind::Vector& d) {
    each_kept<typename Kind::Tangent>(
        [&](auto i, auto j) { moduli(i, j) = (along * d[i]) * d[j] + isotropic(i, j, lame, two_g); });
  }

  Constant shear, lame;  // moduli
  Hardening<Constant> hardening;
};

}  // namespace laminet
