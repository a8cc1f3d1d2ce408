// A few material points side by side, one in each place of a lane, solved together by the Newton steps that
// NetworkSystem takes for one.
#pragma once

#include <vector>

#include "online.hpp"
#include "symmetric.hpp"

namespace laminet {

// Rows of numbers, one for each point. A state is (macroscopic strain (6), then for every leaf its strain (6) and the
// state of its law (7)).
struct PointUpdate {
  const double* strain;     // (points, 6)
  const double* old_state;  // (points, state_size)
  double* stress;           // (points, 6)
  double* tangent;          // (points, 6, 6), or null: not wanted
  double* state;            // (points, state_size), may be old_state
  bool* converged;          // (points,)
  std::size_t points;
};

class PointGroup {
 public:
  using Numbers = Lane;
  using Mask = decltype(Numbers{} < Numbers{});

  static constexpr int size = width;

  PointGroup(const ActiveTree& tree, const Law& phase_1, const Law& phase_2, Settings settings);

  // Updates the points first ... first + count - 1, at most `size`. Those for which plain Newton steps do are finished
  // and marked; those that need more (a shorter step, half the increment) are marked as not converged and left alone.
  void update(const PointUpdate& update, std::size_t first, int count);

 private:
  // A law [C | s] of a node.
  struct Affine {
    Symmetric C;
    Numbers s[6];
  };

  struct Jump {
    Numbers Y[3][6], s[3];  // of a block: y = Y eps + s
  };

  // A leaf, all of it in the frame of the network: isotropic plasticity does not mind, elastic stiffnesses are turned.
  struct LeafPoints {
    Numbers start[6], plastic[6], hardened;   // strain and state of the law at the start of the increment
    Numbers change[6], flow[6], multiplier;   // what was added since
    Numbers stress[6];                        // total
    Numbers direction[6], along, across;      // tangent: elastic + along direction direction^T - across deviatoric
  };

  // Sums over the leaves of one iteration.
  struct Progress {
    Numbers change{}, size{}, strain{};  // squared norms of strains: of the step, of the increment, total
    Numbers down{}, up{}, work{};        // slope of the energy at both ends of the step, and its scale
  };

  void read(const PointUpdate& update, std::size_t first, int count);
  void write(const PointUpdate& update, std::size_t first, int count, const Mask& done) const;
  void respond(std::size_t leaf);
  void up();
  Progress down(const Mask& active);
  Numbers yield_stress(const Hardening& hardening, const Numbers& p, Numbers& slope) const;
  Numbers plastic_increment(const Law& law, const Numbers& mises, const Numbers& p, const Mask& flows,
                            Numbers& slope) const;

  const ActiveTree& tree;
  Law laws[2];
  Settings settings;
  Numbers to_go[6], root[6];         // macroscopic strain: increment, and what of it is left
  std::vector<Symmetric> elastic;  // stiffness of every elastic leaf, turned
  std::vector<LeafPoints> leaves;
  std::vector<Affine> law;           // of every node
  std::vector<Jump> jump;            // of every block
  struct Vector {
    Numbers place[6];
  };
  std::vector<Vector> node;          // strain of every node
};

}  // namespace laminet
