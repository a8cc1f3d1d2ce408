// A network as the constitutive law of many material points.
#pragma once

#include <memory>
#include <vector>

#include "online.hpp"

namespace laminet {

// Rows of numbers, one for each point. A state is (macroscopic strain (6), then for every leaf its strain (6) and the
// state of its law (7)).
struct PointUpdate {
  const double* strain;     // (points, 6)
  const double* old_state;  // (points, state_size)
  double* stress;           // (points, 6)
  double* tangent;          // (points, 6, 6)
  double* state;            // (points, state_size), may be old_state
  bool* converged;          // (points,)
  std::size_t points;
};

// The points are shared among the threads; SIMD lanes are those of the 6x6 algebra within a point, since points differ
// in their numbers of iterations.
class Material {
 public:
  Material(const ActiveTree& tree, const Law& phase_1, const Law& phase_2, Settings settings, int threads);

  Material(const Material&) = delete;

  std::size_t state_size() const { return 6 + 13 * workers.front()->system.leaves(); }

  // Stress, algorithmic tangent and new state of all points. A point that did not converge keeps its old state; its
  // stress and tangent are NaN.
  void update(const PointUpdate& update);

 private:
  struct Worker {
    NetworkSystem system;
    NetworkState from, reached;

    Worker(const ActiveTree& tree, const Law& phase_1, const Law& phase_2, Settings settings);
    void update(const PointUpdate& update, std::size_t point, std::size_t state_size);
  };

  std::vector<std::unique_ptr<Worker>> workers;  // one for each thread
};

}  // namespace laminet
