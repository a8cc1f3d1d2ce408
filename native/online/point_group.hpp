// A few material points side by side, one in each place of a lane, solved together by the Newton steps that
// NetworkSystem takes for one.
#pragma once

#include <vector>

#include "online/system.hpp"

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

class PointGroup {
 public:
  static constexpr int size = width;

  PointGroup(const ActiveTree& tree, const Laws& laws, Settings settings);

  // Updates the points first ... first + count - 1, at most `size`. Those for which plain Newton steps do are finished
  // and marked; those that need more (a shorter step, half the increment) are marked as not converged and left alone.
  void update(const PointUpdate& update, std::size_t first, int count);

 private:
  // A leaf, all of it in the frame of the network, to which its law is turned; its stress is in the law of its node.
  struct LeafPoints {
    Law law;
    Lanes<6> start, change;  // strain at the start of the increment, and what was added since
    Lanes<7> old, state;     // of the law, at the start and now
  };

  void read(const PointUpdate& update, std::size_t first, int count);
  void write(const PointUpdate& update, std::size_t first, int count, const LaneMask& done) const;
  void respond(std::size_t k, bool tangent);
  Progress<Group> step(const LaneMask& active);

  const ActiveTree& tree;
  Settings settings;
  Lanes<6> to_go;  // increment of the macroscopic strain
  std::vector<LeafPoints> leaves;
  Sweeps<Group> sweeps;
};

}  // namespace laminet
