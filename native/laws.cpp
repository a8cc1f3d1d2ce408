#include "laws.hpp"

#include <cmath>

namespace laminet {

namespace {

constexpr Row identity{1.0, 1.0, 1.0};
constexpr double t = 1.0 / 3.0;  // of the trace
constexpr Rows deviatoric{{{1.0 - t, -t, -t},
                           {-t, 1.0 - t, -t},
                           {-t, -t, 1.0 - t},
                           {0.0, 0.0, 0.0, 1.0},
                           {0.0, 0.0, 0.0, 0.0, 1.0},
                           {0.0, 0.0, 0.0, 0.0, 0.0, 1.0}}};

// Yield stress at the equivalent plastic strain p, and its slope.
inline double yield_stress(const Hardening& h, double p, double& slope) {
  const double decay = h.saturation == 0.0 ? 0.0 : std::exp(-h.rate * p);
  slope = h.linear + h.saturation * h.rate * decay;
  return h.initial + h.linear * p + h.saturation * (1.0 - decay);
}

}  // namespace

bool Law::respond(const Row& strain, const Row& state, Row& stress, Rows& tangent, Row& updated) const {
  tangent = stiffness;
  updated = state;
  if (!plastic) {
    stress = combined(stiffness, strain);
    return true;
  }
  stress = combined(stiffness, strain - state);
  const Row deviator = stress - ((stress[0] + stress[1] + stress[2]) / 3.0) * identity;
  const double size = norm(deviator), mises = std::sqrt(1.5) * size;
  double slope;
  if (!(mises > yield_stress(hardening, state[6], slope) * (1.0 + yield_margin))) return true;
  const double multiplier = plastic_increment(mises, state[6], slope);
  if (std::isnan(multiplier)) return false;
  const Row direction = deviator / size, flow = (std::sqrt(1.5) * multiplier) * direction;
  stress -= (2.0 * shear) * flow;
  updated += flow + multiplier * unit_place;
  const double six_g2 = 6.0 * shear * shear, ratio = multiplier / mises;
  const double along = six_g2 * (ratio - 1.0 / (3.0 * shear + slope)), across = six_g2 * ratio;
  for (int i = 0; i < 6; ++i)
    tangent.row[i] += (along * direction[i]) * direction - across * deviatoric.row[i];
  return true;
}

// Root d of mises - 3 G d = yield stress(p + d), and the slope of the yield stress there; NaN where there is none. The
// function falls and is convex (hardening is concave), so Newton from d = 0 rises to the root without overshooting.
double Law::plastic_increment(double mises, double p, double& slope) const {
  double increment = 0.0;
  for (int k = 0; k < yield_iterations; ++k) {
    const double excess = mises - 3.0 * shear * increment - yield_stress(hardening, p + increment, slope);
    const double step = excess / (3.0 * shear + slope);
    increment += step;
    if (std::abs(step) <= yield_tolerance * (increment + mises / (3.0 * shear))) return increment;
  }
  return std::nan("");
}

Rows Law::secant(const Row& strain_increment, const Row& old_state, const Row& new_state) const {
  const Row relaxed = combined(stiffness, new_state - old_state);
  const double work = dot(strain_increment, relaxed);
  Rows moduli = stiffness;
  if (work > 0.0)
    for (int i = 0; i < 6; ++i) moduli.row[i] -= (relaxed[i] / work) * relaxed;
  return moduli;
}

}  // namespace laminet
