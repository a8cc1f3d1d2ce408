// A network as the constitutive law of many material points.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "online/point_group.hpp"

namespace laminet {

// Any number of threads may call `update` of one material at the same time.
class Material {
 public:
  Material(const ActiveTree& tree, const Laws& laws, Settings settings);
  ~Material();

  Material(const Material&) = delete;

  std::size_t leaves() const { return tree.leaves.size(); }
  std::size_t state_size() const { return layout::size(leaves()); }

  // Stress, algorithmic tangent and new state of all points, shared among `threads` threads. A point that did not
  // converge, to finite numbers, keeps its old state; its stress and tangent are NaN. The numbers do not depend on
  // `threads`: neighbours make a group (point_group.hpp), whoever takes it. A point left over, or one that a group left
  // alone, is solved by NetworkSystem.
  void update(const PointUpdate& update, int threads) const;

  // How the update of one point fails: residuals of its last part, iteration by iteration. `old_state` is its state
  // before the update.
  std::string failure(const double* strain, const double* old_state) const;

 private:
  class Worker;
  class Lease;

  ActiveTree tree;
  Laws laws;  // of the phases
  Settings settings;
  mutable std::mutex guard;
  mutable std::vector<std::unique_ptr<Worker>> idle;
};

}  // namespace laminet
