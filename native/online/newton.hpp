// Newton's iteration of a network: of one point, or of a few points side by side, one in each place of a lane.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "laws/registry.hpp"
#include "online/sweeps.hpp"

namespace laminet {

struct Settings {
  double tolerance;
  int max_iterations, cutbacks;
};

// The state of a network point, number by number: the macroscopic strain, then for every leaf its strain in the frame
// of its material and the state of its law. The states of attached laws (registry.hpp) follow, leaf by leaf.
namespace layout {

inline constexpr std::size_t strain = 6, law = Law::state_size, leaf = strain + law;
static_assert(law == Group::State::parts, "a State of Single and Group holds a strain and one number");

constexpr std::size_t size(std::size_t leaves) { return strain + leaf * leaves; }
constexpr std::size_t leaf_strain(std::size_t k) { return strain + leaf * k; }
constexpr std::size_t leaf_law(std::size_t k) { return leaf_strain(k) + strain; }

}  // namespace layout

// By what a step is judged: sums over the leaves. Laws whose tangents are not symmetric have no energy; their steps are
// judged by the same work of the out-of-balance stresses.
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

  // Slope of the incremental energy at the start and the end of the step. Along the step the energy is convex. Its
  // slope is the work of the out-of-balance stresses; `load` is the work of the prescribed stresses.
  Number slope_down(const Number& load) const { return total(down) - load; }
  Number slope_up(const Number& load) const { return total(up) - load; }

  // Whether the energy grows along the step, by the trapezoidal rule.
  Mask grows(const Number& load) const {
    const Number falls = -slope_down(load);
    return (slope_up(load) > falls) & (falls > slope_rounding * work);
  }

 private:
  typename Kind::Sum change{}, size{}, whole{}, down{}, up{};
  Number work{};
};

// Whether the tangents of all laws are symmetric.
template <class AnyLaw>
bool all_symmetric(const std::vector<AnyLaw>& laws) {
  return std::all_of(laws.begin(), laws.end(), [](const AnyLaw& law) { return law.symmetric(); });
}

// The laws of the leaves, turned to the frames of their nodes.
inline Laws leaf_laws(const ActiveTree& tree, const Laws& laws) {
  Laws result;
  for (std::size_t k = 0; k < tree.leaves.size(); ++k) {
    const int phase = tree.leaves[k].phase;
    require(static_cast<std::size_t>(phase) < laws.size(),
            "phase " + std::to_string(phase + 1) + " has leaves and no law");
    result.push_back(laws[phase]);
    if (!tree.leaf_R.empty()) result.back().turn(tree.leaf_R[k]);
  }
  return result;
}

// Who derives from it sets the leaves' start, old and change, and may solve for a step in its own way. Every place goes
// its own way; all have the same laws, or each has laws of its own.
template <class Kind, class LeafLaw = Law>
class Newton {
 public:
  using Number = typename Kind::Number;
  using Mask = typename Kind::Mask;
  using Vector = typename Kind::Vector;
  using State = typename Kind::State;

  // Of the laws of all leaves. `corrects`: a step is the correction of the iterate that the residual stresses ask for;
  // else it leads to the next iterate without them.
  Newton(const ActiveTree& given, const std::vector<LeafLaw>& laws, const Settings& settings, bool corrects = true)
      : tree(given), settings(settings), corrects(corrects), sweeps(tree, all_symmetric(laws)) {
    for (std::size_t k = 0; k < tree.leaves.size(); ++k) {
      leaves.push_back({laws[k], tree.leaves[k].node, tree.leaves[k].weight});
      attached_size += laws[k].attached_size();
    }
    attached_old.resize(attached_size * places);
    attached.resize(attached_size * places);
    std::size_t begin = 0;
    for (LeafPoint& leaf : leaves) {
      leaf.law.attach(attached_old.data() + begin, attached.data() + begin, attached_size);
      begin += leaf.law.attached_size();
    }
  }

  virtual ~Newton() = default;
  Newton(const Newton&) = delete;  // the sweeps refer to the tree

 protected:
  // A leaf, all of it in the frame of its node, to which its law is turned.
  struct LeafPoint {
    LeafLaw law;
    int node;
    double weight;
    Vector start{}, change{}, stress{};  // strain at the start of the increment and what was added since; stress now
    Vector before{}, step{};             // what was added before the present step; the step, not shortened
    State old{}, state{};                // of the law, at the start and now
  };

  // Strain and state of leaf k from the frame of its material to that of its node, or back.
  template <bool back>
  void turn(std::size_t k, Vector& strain, State& law) const {
    if (tree.leaf_R.empty()) return;
    const auto turned = [&](const Vector& x) {
      return back ? product(tree.leaf_R[k], x) : combined(tree.leaf_R[k], x);
    };
    strain = turned(strain);
    law = joined(turned(strain_of(law)), law[6]);
  }

  // Takes steps until every place has settled or cannot continue; returns the places that have settled. A shortened
  // step never counts as settled, because its small change says nothing.
  Mask iterate() {
    sound = everywhere;
    share = Number{};
    for (LeafPoint& leaf : leaves) move(leaf, leaf.change);
    Mask active = sound & wanted, done{};
    for (iterations = 0; any(active) && iterations < settings.max_iterations;) {
      ++iterations;
      if (!linear()) break;
      const Progress<Kind> progress = step(active);
      Mask settled = balanced() | progress.settled(least_change);
      if (corrects && iterations > 1) {
        const Mask grows = active & !settled & progress.grows(load_work);
        if (any(grows)) {
          shorten(progress, grows);
          settled |= grows & balanced();
        }
      }
      active &= sound & finite(slope);
      done |= active & settled;
      active &= !settled;
      accepted();
    }
    return done;
  }

  // The laws at this strain increment of a leaf. Inlined: a call for every leaf costs groups of points 4 %.
  [[gnu::always_inline]] void move(LeafPoint& leaf, const Vector& change) {
    typename Kind::Law& node = sweeps.law[leaf.node];
    leaf.change = change;
    sound &= leaf.law.template update<Kind>(leaf.start + change, leaf.old, leaf.stress, stiffness_of(node), leaf.state);
    if (corrects) set_residual(node, leaf.stress);
  }

  // Strains of all nodes under what is left of the load, those of a step where it `corrects`, else those of the next
  // iterate; false where the system is singular.
  virtual bool linear() {
    sweeps.up();
    sweeps.down();
    sweeps.node[0] = Vector{};
    return true;
  }

  // Where another criterion than the change of strains holds.
  virtual Mask balanced() { return Mask{}; }

  // After every iteration.
  virtual void accepted() {}

  // Why a law had no stress, the last time that one had none; empty while all have.
  std::string trouble() const {
    std::string text;
    for (const LeafPoint& leaf : leaves)
      if (text = leaf.law.trouble(); !text.empty()) break;
    return text;
  }

  static constexpr std::size_t places = std::is_same_v<Kind, Single> ? 1 : width;
  static inline const Mask everywhere = Mask{} == Mask{};

  const ActiveTree tree;
  const Settings settings;
  const bool corrects;
  double least_change = settings.tolerance;
  Sweeps<Kind> sweeps;
  std::vector<LeafPoint> leaves;
  std::size_t attached_size = 0;               // numbers of the attached laws' states, of all leaves
  std::vector<double> attached_old, attached;  // those of every place, at the start and now
  Number share{};                              // of the last step that was taken: 1, unless it was shortened
  Number load_work{};                          // work of the prescribed stresses along the step
  Mask sound{};                                // whether all laws have a stress
  Mask wanted = everywhere;                    // where there is an increment to solve
  int iterations = 0;

 private:
  static constexpr int backtracks = 10;

  // Takes the step in the active places; the laws at its end.
  Progress<Kind> step(const Mask& active) {
    Progress<Kind> progress;
    sound = everywhere;
    share = Number{} + 1.0;
    for (LeafPoint& leaf : leaves) {
      leaf.before = leaf.change;
      leaf.step = select(active, sweeps.node[leaf.node]);
      if (!corrects) leaf.step -= leaf.before;
      if (corrects) progress.add_start(leaf.weight, leaf.stress, leaf.before, leaf.step);
      move(leaf, leaf.before + leaf.step);
      progress.add_strains(leaf.step, leaf.change, leaf.start + leaf.change);
      progress.add_end(leaf.weight, leaf.stress, leaf.step);
    }
    slope = progress.slope_up(load_work);
    return progress;
  }

  // Shortens the step where the incremental energy would grow along it. The zero of the energy's slope is sought by
  // false position (the slope kept at the other end is halved, after Illinois), to half the slope at the start.
  void shorten(const Progress<Kind>& progress, Mask going) {
    Number low{}, down = progress.slope_down(load_work), high = share, up = slope;
    const Number enough = -0.5 * down;
    for (int k = 0; k < backtracks && any(going); ++k) {
      share = select(going, (low * up - high * down) / (up - down), share);
      sound = everywhere;
      Progress<Kind> part;
      for (LeafPoint& leaf : leaves) {
        move(leaf, leaf.before + share * leaf.step);
        part.add_end(leaf.weight, leaf.stress, leaf.step);
      }
      slope = part.slope_up(load_work);
      going &= sound & (absolute(slope) > enough);
      const Mask beyond = slope > Number{};
      high = select(beyond, share, high);
      low = select(beyond, low, share);
      up = select(beyond, slope, 0.5 * up);
      down = select(beyond, 0.5 * down, slope);
    }
  }

  Number slope{};  // of the incremental energy at the end of the step
};

}  // namespace laminet
