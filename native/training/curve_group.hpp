// A network driven along a few load paths side by side. Each place of a lane has a path and laws of its own. Increments
// are halved as in laminet.loading.driver; all that the adjoint needs of them is kept.
#pragma once

#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "online/system.hpp"

namespace laminet {

using LaneLaw = LawOf<Lane>;

// A curve to predict.
struct TrainingCurve {
  Path path;             // with its zero state
  const Laws* laws;      // of the phases
  const double* target;  // (steps, 6) stresses of steps 1 ..., NaN where the loss compares none
  double* stress;        // (steps, 6) predicted; NaN from a step that failed on

  bool failed() const { return path.steps > 0 && std::isnan(stress[6 * path.steps - 1]); }

  // Norms of the target and of what the prediction differs from it, over the stresses that are compared.
  std::array<double, 2> norms() const {
    double square[2] = {0.0, 0.0};
    for (std::size_t k = 0; k < 6 * path.steps; ++k) {
      if (std::isnan(target[k])) continue;
      square[0] += target[k] * target[k];
      square[1] += (stress[k] - target[k]) * (stress[k] - target[k]);
    }
    return {std::sqrt(square[0]), std::sqrt(square[1])};
  }
};

// Strain and state of the law of a leaf, in the frame of its node.
struct LeafState {
  Lanes<6> strain;
  Lanes<7> state;
};

// An increment or a part of one that some places took, the others staying where they were.
struct Round {
  std::vector<LeafState> leaves;             // after it
  std::array<std::size_t, width> completed;  // the step of the path that it completed, 0 if none
};

class CurveGroup : private Newton<Group, LaneLaw> {
 public:
  // At most Group::points curves. The weight of the tree is one.
  CurveGroup(const ActiveTree& tree, const std::vector<LaneLaw>& laws, const Settings& settings,
             std::span<const TrainingCurve> curves)
      : Newton(tree, laws, settings), curves(curves) {}

  // Predicts the stresses. Returns the rounds, of which the first is the virgin state; without `all` the last one only.
  // Every place halves increments on its own, so that all are busy until they are done.
  std::vector<Round> follow(bool all) {
    std::vector<Round> rounds{{std::vector<LeafState>(leaves.size()), {}}};
    for (const TrainingCurve& curve : curves) std::fill_n(curve.stress, 6 * curve.path.steps, std::nan(""));
    while (begin()) {
      const Round& last = rounds.back();
      for (std::size_t k = 0; k < leaves.size(); ++k) {
        leaves[k].start = last.leaves[k].strain;
        leaves[k].old = last.leaves[k].state;
        leaves[k].change = {};
      }
      LaneMask done = iterate();
      Lanes<6> stress;
      for (const LeafPoint& leaf : leaves) stress += leaf.weight * leaf.stress;
      done &= finite(dot(stress, stress));
      Round next{std::vector<LeafState>(leaves.size()), end(done, stress)};
      for (std::size_t k = 0; k < leaves.size(); ++k) {
        const LeafPoint& leaf = leaves[k];
        next.leaves[k].strain = leaf.start + select(done, leaf.change);
        for (int i = 0; i < 7; ++i) next.leaves[k].state[i] = select(done, leaf.state[i], leaf.old[i]);
      }
      if (!all) rounds.clear();
      rounds.push_back(std::move(next));
    }
    return rounds;
  }

 private:
  // What a place has to do, from the present part of an increment on.
  struct Part {
    Target start, end;
    int cutbacks;
  };

  bool linear() override {
    macro += share * macro_step;
    share = Lane{};
    GroupTarget rest = load;
    rest.strain -= macro;
    sweeps.up();
    macro_step = sweeps.node[0] = root_strain(sweeps.law[0], rest);
    sweeps.down();
    load_work = Lane{};
    for (int i = 0; i < 6; ++i) load_work += select(load.prescribed[i], Lane{}, load.stress[i] * macro_step[i]);
    return true;
  }

  // Loads the places with their next parts; whether there are any.
  bool begin() {
    wanted = LaneMask{};
    macro = macro_step = {};
    for (std::size_t place = 0; place < curves.size(); ++place) {
      auto& parts = pending[place];
      if (const Path& path = curves[place].path; parts.empty() && step[place] < path.steps)
        parts.push_back({path.at(step[place]), path.at(step[place] + 1), settings.cutbacks});
      if (parts.empty()) continue;
      const auto& [start, goal, cutbacks] = parts.back();
      wanted[place] = -1;
      for (int i = 0; i < 6; ++i) {
        load.prescribed[i][place] = goal.prescribed[i] ? -1 : 0;
        load.strain[i][place] = goal.strain[i] - start.strain[i];
        load.stress[i][place] = goal.stress[i];
      }
    }
    return any(wanted);
  }

  // Takes note of the parts that are done, halves the others; the steps that are completed.
  std::array<std::size_t, width> end(const LaneMask& done, const Lanes<6>& stress) {
    std::array<std::size_t, width> completed{};
    for (std::size_t place = 0; place < curves.size(); ++place) {
      if (!wanted[place]) continue;
      auto& parts = pending[place];
      Part part = parts.back();
      parts.pop_back();
      if (done[place]) {
        if (!parts.empty()) continue;
        for (int i = 0; i < 6; ++i) curves[place].stress[6 * step[place] + i] = stress[i][place];
        completed[place] = ++step[place];
      } else if (part.cutbacks > 0) {
        const Target middle = halfway(part.start, part.end);
        parts.push_back({middle, part.end, part.cutbacks - 1});
        parts.push_back({part.start, middle, part.cutbacks - 1});
      } else {
        parts.clear();
        step[place] = curves[place].path.steps;  // nothing more to do
      }
    }
    return completed;
  }

  std::span<const TrainingCurve> curves;
  std::array<std::vector<Part>, width> pending;  // of every place, the next one last
  std::array<std::size_t, width> step{};         // completed
  GroupTarget load;                              // of the present parts, with the strains that they add
  Lanes<6> macro, macro_step;  // macroscopic strain added before the last step; the step, not shortened
};

}  // namespace laminet
