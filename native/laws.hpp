// Constitutive laws of one point, as laminet.materials.laws: linear elasticity and J2 plasticity.
// The state is the row (plastic strain, equivalent plastic strain).
#pragma once

#include "row.hpp"

namespace laminet {

// Yield stress initial + linear p + saturation (1 - exp(-rate p)), GPa.
struct Hardening {
  double initial = 0.0, linear = 0.0, saturation = 0.0, rate = 0.0;
};

struct Law {
  Rows stiffness{};  // elastic, GPa
  bool plastic = false;
  double shear = 0.0;  // modulus of a plastic law, isotropic, GPa
  Hardening hardening{};

  static constexpr int yield_iterations = 60;
  static constexpr double yield_tolerance = 1e-14;  // of the elastic slope 3 G and of the trial stress: rounding
  static constexpr double yield_margin = 1e-10;     // of the yield stress: no flow by rounding alone

  // Stress, consistent tangent and new state at total strain; false where the return mapping has no solution.
  bool respond(const Row& strain, const Row& state, Row& stress, Rows& tangent, Row& updated) const;

  // C_e - (C_e d)(C_e d)^T / (e . C_e d) for the plastic strain increment d over the strain increment e: symmetric, and
  // it maps e exactly to the stress increment. The elastic stiffness where nothing flows.
  Rows secant(const Row& strain_increment, const Row& old_state, const Row& new_state) const;

 private:
  double plastic_increment(double mises, double p, double& slope) const;
};

}  // namespace laminet
