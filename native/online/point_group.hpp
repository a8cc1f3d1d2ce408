// A few material points side by side, one in each place of a lane, solved together by the Newton steps that
// NetworkSystem takes for one.
#pragma once

#include <algorithm>
#include <vector>

#include "online/system.hpp"

namespace laminet {

// The state of a network point, number by number: the macroscopic strain, then for every leaf its strain in the frame
// of its material and the state of its law.
namespace layout {

inline constexpr std::size_t strain = 6, law = Law::state_size, leaf = strain + law;
static_assert(law == Group::State::parts, "a State of Single and Group holds a strain and one number");

constexpr std::size_t size(std::size_t leaves) { return strain + leaf * leaves; }
constexpr std::size_t leaf_strain(std::size_t k) { return strain + leaf * k; }
constexpr std::size_t leaf_law(std::size_t k) { return leaf_strain(k) + strain; }

}  // namespace layout

// Rows of numbers, one for each point.
struct PointUpdate {
  const double* strain;     // (points, 6)
  const double* old_state;  // (points, layout::size)
  double* stress;           // (points, 6)
  double* tangent;          // (points, 6, 6), or null: not wanted
  double* state;            // (points, layout::size), may be old_state
  bool* converged;          // (points,)
  std::size_t points;
};

class PointGroup {
 public:
  static constexpr int size = width;

  PointGroup(const ActiveTree& tree, const Laws& laws, Settings settings)
      : tree(tree), settings(settings), sweeps(tree) {
    for (std::size_t k = 0; k < tree.leaves.size(); ++k) {
      leaves.push_back({laws[tree.leaves[k].phase], {}, {}, {}, {}});
      if (!tree.leaf_R.empty()) leaves[k].law.turn(tree.leaf_R[k]);
    }
  }

  // Updates the points first ... first + count - 1, at most `size`. Those for which plain Newton steps do are finished
  // and marked; those that need more (a shorter step, half the increment) are marked as not converged and left alone.
  void update(const PointUpdate& update, std::size_t first, int count) {
    read(update, first, count);
    for (std::size_t k = 0; k < leaves.size(); ++k) respond(k);
    sweeps.node[0] = settings.uniform_guess ? Lanes<6>{} : to_go;
    LaneMask active = LaneMask{} == LaneMask{}, done{};
    for (int number = 1; number <= settings.max_iterations && any(active); ++number) {
      sweeps.up();
      sweeps.down();
      const Progress<Group> progress = step(active);
      sweeps.node[0] = Lanes<6>{};
      const LaneMask settled = progress.settled(settings.tolerance);
      active &= finite(progress.slope_up());
      done |= active & settled;
      active &= ~settled;
      if (number > 1) active &= ~progress.grows();
    }
    if (update.tangent != nullptr && any(done)) {
      sweeps.up();
      for (const Lane& entry : sweeps.law[0].C.entry) done &= finite(entry);
    }
    write(update, first, count, done);
  }

 private:
  // Number k of the states, a place for each of the points.
  template <int count>
  static Lanes<count> gather(const double* (&from)[width], std::size_t place) {
    Lanes<count> result;
    for (int i = 0; i < count; ++i)
      for (int lane = 0; lane < width; ++lane) result[i][lane] = from[lane][place + i];
    return result;
  }
  // A leaf, all of it in the frame of the network, to which its law is turned; its stress is in the law of its node.
  struct LeafPoints {
    Law law;
    Lanes<6> start, change;  // strain at the start of the increment, and what was added since
    Lanes<7> old, state;     // of the law, at the start and now
  };

  void read(const PointUpdate& update, std::size_t first, int count) {
    const double *strain[width], *state[width];
    for (int lane = 0; lane < width; ++lane) {  // places beyond the last point repeat it
      const std::size_t point = first + std::min(lane, count - 1);
      strain[lane] = update.strain + layout::strain * point;
      state[lane] = update.old_state + layout::size(leaves.size()) * point;
    }
    to_go = gather<6>(strain, 0) - gather<6>(state, 0);
    for (std::size_t k = 0; k < leaves.size(); ++k) {
      LeafPoints& leaf = leaves[k];
      leaf.start = gather<6>(state, layout::leaf_strain(k));
      leaf.old = gather<7>(state, layout::leaf_law(k));
      if (!tree.leaf_R.empty()) {
        leaf.start = combined(tree.leaf_R[k], leaf.start);
        leaf.old = joined(combined(tree.leaf_R[k], strain_of(leaf.old)), leaf.old[6]);
      }
      leaf.change = settings.uniform_guess ? to_go : Lanes<6>{};
    }
  }

  void write(const PointUpdate& update, std::size_t first, int count, const LaneMask& done) const {
    const std::size_t size = layout::size(leaves.size());
    Lanes<6> stress;
    for (const Leaf& leaf : tree.leaves) stress += (leaf.weight / tree.weight) * sweeps.law[leaf.node].s;
    for (int lane = 0; lane < count; ++lane) {
      const std::size_t point = first + lane;
      update.converged[point] = done[lane] != 0;
      if (!update.converged[point]) continue;
      for (int i = 0; i < 6; ++i) {
        update.stress[6 * point + i] = stress[i][lane];
        update.state[point * size + i] = update.old_state[point * size + i] + to_go[i][lane];
        if (update.tangent == nullptr) continue;
        for (int j = 0; j < 6; ++j) update.tangent[36 * point + 6 * i + j] = sweeps.law[0].C(i, j)[lane];
      }
    }
    for (std::size_t k = 0; k < leaves.size(); ++k) {
      Lanes<6> change = leaves[k].change;
      Lanes<7> flow = leaves[k].state - leaves[k].old;
      if (!tree.leaf_R.empty()) {
        change = product(tree.leaf_R[k], change);
        flow = joined(product(tree.leaf_R[k], strain_of(flow)), flow[6]);
      }
      const auto add = [&](const auto& added, std::size_t place) {
        for (int lane = 0; lane < count; ++lane) {
          if (!done[lane]) continue;
          const std::size_t at = (first + lane) * size + place;
          for (int i = 0; i < added.parts; ++i) update.state[at + i] = update.old_state[at + i] + added[i][lane];
        }
      };
      add(change, layout::leaf_strain(k));
      add(flow, layout::leaf_law(k));
    }
  }

  void respond(std::size_t k) {
    LeafPoints& leaf = leaves[k];
    Group::Law& node = sweeps.law[tree.leaves[k].node];
    const Lanes<6> strain = leaf.start + leaf.change;
    leaf.law.update<Group>(strain, leaf.old, node.s, node.C, leaf.state);
  }

  // Takes the step in the active places; the laws at its end.
  Progress<Group> step(const LaneMask& active) {
    Progress<Group> progress;
    for (std::size_t k = 0; k < leaves.size(); ++k) {
      LeafPoints& leaf = leaves[k];
      const double weight = tree.leaves[k].weight;
      const Lanes<6>& stress = sweeps.law[tree.leaves[k].node].s;
      const Lanes<6> step = select(active, sweeps.node[tree.leaves[k].node]);
      progress.add_start(weight, stress, leaf.change, step);
      leaf.change += step;
      progress.add_strains(step, leaf.change, leaf.start + leaf.change);
      respond(k);
      progress.add_end(weight, stress, step);
    }
    return progress;
  }

  const ActiveTree& tree;
  Settings settings;
  Lanes<6> to_go;  // increment of the macroscopic strain
  std::vector<LeafPoints> leaves;
  Sweeps<Group> sweeps;
};

}  // namespace laminet
