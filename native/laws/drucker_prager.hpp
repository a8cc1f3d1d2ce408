// Drucker-Prager plasticity with a flow rule of its own, as laminet.materials.laws.DruckerPrager, where the equations
// are. The state is the plastic strain and the equivalent plastic strain.
#pragma once

#include <cmath>
#include <numbers>

#include "block/points.hpp"
#include "errors.hpp"
#include "laws/elastic.hpp"
#include "laws/hardening.hpp"

namespace laminet {

// `Constant`: double, or Lane where every place has constants of its own.
template <class Constant>
class DruckerPrager {
 public:
  static constexpr const char* name = "drucker_prager";
  static constexpr const char* usage = "YOUNG POISSON FRICTION DILATANCY";
  static constexpr std::size_t constants = 4, state_size = 7;

  // Young's modulus in GPa, Poisson's ratio, angles of friction and dilatancy in degrees, and the hardening. Throws
  // BadInput where one is out of range.
  DruckerPrager(const double* constant, const Hardening<double>& hardening)
      : shear(shear_modulus(constant[0], constant[1])),
        bulk(constant[0] / (3.0 * (1.0 - 2.0 * constant[1]))),
        M(slope_of(constant[2])),
        N(slope_of(constant[3])),
        hardening(hardening) {
    require(0.0 <= constant[2] && constant[2] < 90.0 && M < 3.0,
            "friction must be an angle from 0 to below 71.56 degrees");
    require(0.0 <= constant[3] && constant[3] <= constant[2], "dilatancy must be an angle from 0 to friction");
  }

  // The laws of the places.
  explicit DruckerPrager(const Places<DruckerPrager<double>>& of)
      : shear(lane_of(of, &DruckerPrager<double>::shear)),
        bulk(lane_of(of, &DruckerPrager<double>::bulk)),
        M(lane_of(of, &DruckerPrager<double>::M)),
        N(lane_of(of, &DruckerPrager<double>::N)),
        hardening(parts_of(of, &DruckerPrager<double>::hardening)) {}

  std::size_t form() const { return hardening.kind(); }  // of hardening

  bool symmetric() const { return !any(M != N); }

  void turn(const Rows&) {}  // isotropic

  // As J2.
  template <class Kind>
  typename Kind::Mask update(const typename Kind::Vector& strain, const typename Kind::State& old,
                             typename Kind::Vector& stress, typename Kind::Tangent& tangent,
                             typename Kind::State& state) const {
    return hardening.with([&](const auto& form) { return updated<Kind>(form, strain, old, stress, tangent, state); });
  }

  // As J2, for associated flow.
  Rows secant(const Row& strain_increment, const Row& old, const Row& state) const {
    const Row relaxed = elastic_stress(strain_of(state - old));
    const double work = dot(strain_increment, relaxed);
    Rows moduli;
    set_moduli<Single>(moduli, bulk - 2.0 * shear / 3.0, 2.0 * shear, work > 0.0 ? -1.0 / work : 0.0, 0.0, 0.0,
                       relaxed);
    return moduli;
  }

 private:
  template <class>
  friend class DruckerPrager;

  static constexpr double left_at_apex = 1e-6;  // share of what flow takes off that a tangent there keeps

  static double slope_of(double degrees) { return std::tan(degrees * (std::numbers::pi / 180.0)); }

  template <class Vector>
  Vector elastic_stress(const Vector& strain) const {
    return plus_normal(2.0 * shear * strain, (bulk - 2.0 * shear / 3.0) * trace(strain));
  }

  // The update with one form of hardening.
  template <class Kind, class Form>
  [[gnu::flatten]] typename Kind::Mask updated(const Form& form, const typename Kind::Vector& strain,
                                               const typename Kind::State& old, typename Kind::Vector& stress,
                                               typename Kind::Tangent& tangent, typename Kind::State& state) const {
    using Number = typename Kind::Number;
    using Vector = typename Kind::Vector;
    using Mask = typename Kind::Mask;
    const Constant A = 1.0 + M / 3.0, k = 1.0 + N / 3.0, three_g = 3.0 * shear;
    stress = elastic_stress(Vector(strain - strain_of(old)));
    state = old;
    const Number mean = trace(stress) / 3.0, p = old[6];
    const Vector deviator = plus_normal(stress, -mean);
    const Number size = norm(deviator), q = std::sqrt(1.5) * size;
    Number slope{};
    const Mask flows = q + M * mean > A * form.stress(p, slope) * (1.0 + yield_margin);
    if (!any(flows)) {
      const Number none{};
      set_moduli<Kind>(tangent, none + (bulk - 2.0 * shear / 3.0), none + 2.0 * shear, none, none, none, stress);
      return Mask{} == Mask{};
    }
    const Number whole = q / three_g, left = mean - bulk * N * whole;  // where all of the deviator is returned
    const Number until = p + k * whole;
    Number slope_there{};
    const Mask apex = flows & (M * left > A * form.stress(until, slope_there));
    Number growth = form.increment(Number((q + M * mean) / A), Constant((three_g + bulk * M * N) / (A * k)), p,
                                   Mask(flows & !apex), slope);
    Number multiplier = growth / k, opening{};
    if (any(apex)) {
      const Constant c = A / M;
      slope_there = Number{};
      const Number more = form.increment(Number(left / c), Constant(bulk / (c * c)), until, apex, slope_there);
      slope = select(apex, slope_there, slope);
      opening = select(apex, more / c, opening);
      multiplier = select(apex, whole, multiplier);
      growth = select(apex, k * whole + more, growth);
    }
    const Vector n = select(flows & (size > Number{}), (1.0 / size) * deviator);
    const Vector along = std::sqrt(1.5) * multiplier * n;
    const Number volume = N * multiplier + opening;
    stress = plus_normal(Vector(stress - 2.0 * shear * along), -bulk * volume);
    state += joined(plus_normal(along, volume / 3.0), growth);
    set_tangent<Kind>(tangent, flows, apex, Number(multiplier / q), slope, n);
    return growth == growth;
  }

  // The elastic stiffness less what flow takes off. With the derivatives dL and dV of the multiplier and of the opening
  // by the strain, that is
  //   6 G^2 ratio (I_dev - n n^T) + (sqrt(6) G n + N K 1) dL^T + K 1 dV^T.
  // A point at the apex keeps a small share of it.
  template <class Kind>
  void set_tangent(typename Kind::Tangent& tangent, const typename Kind::Mask& flows, const typename Kind::Mask& apex,
                   const typename Kind::Number& given_ratio, const typename Kind::Number& h,
                   const typename Kind::Vector& n) const {
    using Number = typename Kind::Number;
    const Constant A = 1.0 + M / 3.0, k = 1.0 + N / 3.0, root = std::sqrt(6.0) * shear;
    const Number inverse = select(flows, 1.0 / (3.0 * shear + bulk * M * N + A * k * h), Number{});
    const Number third = Number{} + 1.0 / (3.0 * shear);
    const Number ratio = select(apex, third, select(flows, given_ratio, Number{}));
    const Number by_n = root * select(apex, third, inverse);  // dL = by_n n + by_one 1
    const Number by_one = select(apex, Number{}, bulk * M * inverse);
    Number opening_n{}, opening_one{};  // dV, likewise
    if (any(apex)) {
      const Constant c = A / M;
      const Number softness = select(apex, 1.0 / (bulk + c * c * h), Number{});
      opening_one = select(apex, bulk * softness, Number{});
      opening_n = select(apex, -(bulk * N + c * k * h) * by_n * softness, Number{});
    }
    const auto six_g2 = 6.0 * shear * shear;
    const Number share = select(apex, Number{} + (1.0 - left_at_apex), Number{} + 1.0);
    set_moduli<Kind>(tangent,
                     bulk - 2.0 * shear / 3.0 + share * (six_g2 * ratio / 3.0 - bulk * (N * by_one + opening_one)),
                     2.0 * shear - share * six_g2 * ratio, share * (six_g2 * ratio - root * by_n),
                     -share * root * by_one, -share * bulk * (N * by_n + opening_n), n);
  }

  // lame 1 1^T + two_g I + along n n^T + of_trace n 1^T + of_n 1 n^T.
  template <class Kind>
  static void set_moduli(typename Kind::Tangent& moduli, const typename Kind::Number& lame,
                         const typename Kind::Number& two_g, const typename Kind::Number& along,
                         const typename Kind::Number& of_trace, const typename Kind::Number& of_n,
                         const typename Kind::Vector& n) {
    each_kept<typename Kind::Tangent>([&](auto i, auto j) {
      const auto symmetric = (along * n[i]) * n[j] + isotropic(i, j, lame, two_g);
      moduli(i, j) = symmetric + mixed(i, j, of_trace, of_n, n);
    });
  }

  // Entry of of_trace n 1^T + of_n 1 n^T.
  static Row mixed(int i, Whole, double of_trace, double of_n, const Row& n) {
    const Row first = plus_normal(Row{}, of_trace * n[i]);
    return i < 3 ? first + of_n * n : first;
  }
  template <int i, int j>
  static Lane mixed(Index<i>, Index<j>, const Lane& of_trace, const Lane& of_n, const Lanes<6>& n) {
    Lane entry{};
    if constexpr (j < 3) entry += of_trace * n[i];
    if constexpr (i < 3) entry += of_n * n[j];
    return entry;
  }

  Constant shear, bulk;  // moduli
  Constant M, N;         // slopes of the cones of yield and of flow
  Hardening<Constant> hardening;
};

}  // namespace laminet
