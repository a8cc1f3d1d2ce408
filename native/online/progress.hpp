// By what a Newton step is judged, of one point or of a group of points: sums over the leaves.
#pragma once

#include "block/points.hpp"

namespace laminet {

template <class Kind>
class Progress {
 public:
  using Number = typename Kind::Number;
  using Mask = typename Kind::Mask;
  using Vector = typename Kind::Vector;

  static constexpr double rounding = 1e-13;  // a change below this share of the strain itself is no iterate's progress
  static constexpr double slope_rounding = 1e-15;  // an energy's slope below this share of the leaves' work is rounding

  // Adds a leaf: the step and the strain increment and strain at its end.
  void add_strains(const Vector& step, const Vector& increment, const Vector& strain) {
    add_product(change, 1.0, step, step);
    add_product(size, 1.0, increment, increment);
    add_product(whole, 1.0, strain, strain);
  }

  // Adds a leaf's stress and strain increment at the start of the step, its stress at the end.
  void add_start(double weight, const Vector& stress, const Vector& increment, const Vector& step) {
    add_product(down, weight, stress, step);
    work += weight * square_root(dot(stress, stress) * dot(increment, increment));
  }
  void add_end(double weight, const Vector& stress, const Vector& step) { add_product(up, weight, stress, step); }

  // Whether the step is small against the increment; no verdict where the squares overflow.
  Mask settled(double tolerance) const {
    const Number least = tolerance * square_root(total(size)), noise = rounding * square_root(total(whole));
    const Number limit = select(least > noise, least, noise);
    return (square_root(total(change)) <= limit) & finite(limit);
  }

  // Slope of the incremental energy at the start and the end of the step: along it the energy is convex, its slope the
  // work of the out-of-balance stresses, with `load` the work of the prescribed ones.
  Number slope_down(double load) const { return total(down) - load; }
  Number slope_up(double load) const { return total(up) - load; }

  // Whether the energy grows along the step, by the trapezoidal rule.
  Mask grows(double load) const {
    const Number falls = -slope_down(load);
    return (slope_up(load) > falls) & (falls > slope_rounding * work);
  }

 private:
  typename Kind::Sum change{}, size{}, whole{}, down{}, up{};
  Number work{};
};

}  // namespace laminet
