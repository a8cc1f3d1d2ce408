// Linear elasticity of any anisotropy, as laminet.materials.laws.Elastic.
#pragma once

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "block/points.hpp"
#include "errors.hpp"

namespace laminet {

// Of Young's modulus in GPa and Poisson's ratio. Throws BadInput where one is out of range.
inline double shear_modulus(double young, double poisson) {
  require(young > 0.0, "Young's modulus must be positive");
  require(-1.0 < poisson && poisson < 0.5, "Poisson's ratio must lie between -1 and 0.5");
  return young / (2.0 * (1.0 + poisson));
}

// `Constant`: double, or Lane where every place has a stiffness of its own.
template <class Constant>
class Elastic {
 public:
  static constexpr const char* name = "elastic";
  static constexpr const char* usage = "and the 36 numbers of a stiffness";
  static constexpr std::size_t constants = 36, state_size = 0;

  // From the stiffness (6, 6), Mandel. Throws BadInput where it is not symmetric and positive definite.
  explicit Elastic(const double* stiffness) : stiffness(load_rows(stiffness)) {
    for (int i = 0; i < 6; ++i)
      for (int j = 0; j < i; ++j)
        require(std::abs(stiffness[6 * i + j] - stiffness[6 * j + i]) <= 1e-8 * std::abs(stiffness[7 * i]),
                "a stiffness is not symmetric");
    double factor[36];
    std::copy_n(stiffness, 36, factor);
    for (int j = 0; j < 6; ++j) {
      require(factor[7 * j] > 0.0, "a stiffness is not positive definite; check order, notation and units");
      for (int i = j + 1; i < 6; ++i)
        for (int k = j + 1; k < 6; ++k) factor[6 * i + k] -= factor[6 * i + j] * factor[6 * j + k] / factor[7 * j];
    }
  }

  // The laws of the places.
  explicit Elastic(const Places<Elastic<double>>& of) {
    for (int i = 0; i < 6; ++i)
      for (int j = i; j < 6; ++j)
        for (int place = 0; place < width; ++place) stiffness(i, j)[place] = of[place]->stiffness.row[i][j];
  }

  // To the frame from which R turns strains into this one.
  void turn(const Rows& R) { stiffness = turned_back(R, stiffness); }

  // As J2.
  template <class Kind>
  typename Kind::Mask update(const typename Kind::Vector& strain, const typename Kind::State& old,
                             typename Kind::Vector& stress, typename Kind::Tangent& tangent,
                             typename Kind::State& state) const {
    stress = combined(stiffness, strain);
    state = old;
    set_moduli<Kind>(tangent);
    return typename Kind::Mask{} == typename Kind::Mask{};
  }

  // As J2; there is no state.
  template <class Kind>
  void linearise(const typename Kind::Vector& strain, const typename Kind::State&, const typename Kind::State&,
                 const typename Kind::State&, typename Kind::Vector& stress, typename Kind::Tangent& tangent,
                 typename Kind::Vector& cotangent) const {
    stress = combined(stiffness, strain);
    set_moduli<Kind>(tangent);
    cotangent = {};
  }
  template <class Kind>
  typename Kind::State adjoint(const typename Kind::Vector&, const typename Kind::State&, const typename Kind::State&,
                               const typename Kind::Vector&, const typename Kind::State&,
                               const typename Kind::Vector&) const {
    return {};
  }

  Rows secant(const Row&, const Row&, const Row&) const { return stiffness; }

 private:
  template <class>
  friend class Elastic;

  template <class Kind>
  void set_moduli(typename Kind::Tangent& tangent) const {
    if constexpr (std::is_same_v<Constant, Lane>)
      copy(stiffness, tangent);
    else
      each_kept<typename Kind::Tangent>([&](auto i, auto j) { tangent(i, j) = broadcast(stiffness.row[i][j]); });
  }

  std::conditional_t<std::is_same_v<Constant, Lane>, Symmetric, Rows> stiffness;
};

}  // namespace laminet
