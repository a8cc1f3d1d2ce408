// A phase whose law is a UMAT, or other code from elsewhere, as laminet.materials.laws.umat.Umat.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "block/points.hpp"
#include "errors.hpp"
#include "laws/external.hpp"

namespace laminet {

// Kind::State has no room for its state, whose size the library decides. Every leaf has a law of its own, which knows
// where the old and the new states of the leaf are (`attach`).
template <class Constant>
class Umat {
 public:
  static constexpr const char* name = "umat";
  static constexpr const char* usage = "";
  static constexpr std::size_t state_size = 0;  // in Kind::State

  explicit Umat(External given) : external(std::move(given)) {}

  // The laws of the places.
  explicit Umat(const Places<Umat<double>>&) { throw BadInput("the law umat has no derivatives"); }

  std::size_t attached_size() const { return external.state_size; }

  // The states of the first point; those of the others follow `stride` numbers behind each.
  void attach(const double* old_states, double* new_states, std::size_t distance) {
    old_state = old_states;
    state = new_states;
    stride = distance;
  }

  bool rate_dependent() const { return external.rate_dependent; }
  bool symmetric() const { return external.symmetric; }  // its tangent

  // From now on, updates are of increments of so many seconds, if it depends on them.
  void over(double seconds) {
    if (external.rate_dependent) duration = std::min(std::max(seconds, shortest), longest);
  }

  // To the frame from which R turns strains into this one, the material's.
  void turn(const Rows& R) { rotation = std::make_shared<const Rows>(R); }

  // Why an update had no stress, the last one that had none; empty while all have.
  std::string trouble() const { return failure == Outcome::done ? "" : external.reason(external.law.get(), failure); }

  // As J2; Kind::State stays as it is. Throws BadInput where the UMAT ends the analysis or writes beyond its state.
  template <class Kind>
  [[gnu::noinline]] typename Kind::Mask update(const typename Kind::Vector& strain, const typename Kind::State& old,
                                               typename Kind::Vector& stress, typename Kind::Tangent& tangent,
                                               typename Kind::State& unused) const {
    unused = old;
    if constexpr (std::is_same_v<Kind, Single>) {
      return update_one(0, strain, stress, tangent);
    } else {
      typename Kind::Mask sound{};
      for (int place = 0; place < Kind::points; ++place) {
        Row one{}, answer;
        Rows moduli;
        for (int i = 0; i < 6; ++i) one.set(i, strain[i][place]);
        sound[place] = update_one(place, one, answer, moduli) ? -1 : 0;
        for (int i = 0; i < 6; ++i) stress[i][place] = answer[i];
        for (int i = 0; i < 6; ++i)
          for (int j = 0; j < 6; ++j) tangent(i, j)[place] = moduli.row[i][j];
      }
      return sound;
    }
  }

  Rows secant(const Row&, const Row&, const Row&) const {
    throw BadInput("the law umat has no secant; take a scheme with tangents");
  }

 private:
  bool update_one(std::size_t place, const Row& strain, Row& stress, Rows& tangent) const {
    double given[6], answer[6], moduli[36];
    store(rotation ? product(*rotation, strain) : strain, given);
    const Outcome outcome = external.update(external.law.get(), given, old_state + place * stride, duration, answer,
                                            moduli, state + place * stride);
    if (outcome == Outcome::ended || outcome == Outcome::overflow)
      throw BadInput(external.reason(external.law.get(), outcome));
    if (outcome != Outcome::done) {
      failure = outcome;
      const double nan = std::nan("");
      stress = Row{nan, nan, nan, nan, nan, nan};
      tangent = Rows{};
      return false;
    }
    stress = load(answer);
    tangent = load_rows(moduli);
    if (rotation) {
      stress = combined(*rotation, stress);
      tangent = turned_back(*rotation, tangent);
    }
    return true;
  }

  static constexpr double shortest = 1e-12, longest = 1e12;  // DTIME: many a UMAT divides by it

  External external{};
  std::shared_ptr<const Rows> rotation;
  const double* old_state = nullptr;
  double* state = nullptr;
  std::size_t stride = 0;
  double duration = 1.0;
  mutable Outcome failure = Outcome::done;
};

}  // namespace laminet
