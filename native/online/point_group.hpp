// A few material points side by side, solved together.
#pragma once

#include <algorithm>

#include "online/newton.hpp"

namespace laminet {

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

class PointGroup : private Newton<Group> {
 public:
  using Newton::Newton;

  // Updates the points first ... first + count - 1, at most Group::points. Those that need half the increment are
  // marked as not converged and left alone.
  void update(const PointUpdate& update, std::size_t first, int count) {
    const std::size_t size = layout::size(leaves.size());
    const double *strain[Group::points], *old[Group::points];
    double* state[Group::points];
    for (int lane = 0; lane < Group::points; ++lane) {  // places beyond the last point repeat it
      const std::size_t point = first + std::min(lane, count - 1);
      strain[lane] = update.strain + layout::strain * point;
      old[lane] = update.old_state + size * point;
      state[lane] = update.state + size * point;
    }
    const Lanes<6> to_go = Group::gather<6>(strain, 0) - Group::gather<6>(old, 0);
    begin(old, to_go);
    if (settings.uniform_guess) sweeps.node[0] = {};
    LaneMask done = iterate();
    if (update.tangent != nullptr && any(done)) {
      sweeps.up();
      done &= finite(sweeps.law[0].C);
    }
    end(old, state, done);
    Lanes<6> stress;
    for (const LeafPoint& leaf : leaves) stress += (leaf.weight / tree.weight) * leaf.stress;
    for (int lane = 0; lane < count; ++lane) {
      const std::size_t point = first + lane;
      update.converged[point] = done[lane] != 0;
      if (!update.converged[point]) continue;
      for (int i = 0; i < 6; ++i) {
        update.stress[6 * point + i] = stress[i][lane];
        if (update.tangent == nullptr) continue;
        for (int j = 0; j < 6; ++j) update.tangent[36 * point + 6 * i + j] = sweeps.law[0].C(i, j)[lane];
      }
    }
  }
};

}  // namespace laminet
