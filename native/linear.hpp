// The linear problem inside every scheme, as laminet.online.linear: given sigma = C eps + s at every leaf and the
// macroscopic load, the strains for which tractions balance at every interface.
#pragma once

#include <vector>

#include "active_tree.hpp"

namespace laminet {

// Prescribed strains, and prescribed stresses where the strain is free.
struct Target {
  bool prescribed[6];
  Row strain, stress;
};

// The row where the strain is prescribed, zero elsewhere.
inline Row prescribed(const Target& target, const Row& row) {
  Row kept{};
  for (int i = 0; i < 6; ++i) kept.set(i, target.prescribed[i] ? row[i] : 0.0);
  return kept;
}

class LinearSolver {
 public:
  virtual ~LinearSolver() = default;

  // Macroscopic strain and strains of the leaves; false where the system is singular. stiffness[k] has zeros in its
  // place 6; `residual` holds s, or is null where s = 0. load.strain is zero where the stress is prescribed.
  virtual bool solve(const Rows* stiffness, const Row* residual, const Target& load, Row& macro, Row* strain) = 0;
};

// Homogenisation up the tree and localisation down it, O(n) (Eqs. 5, 6, 10-12 or 20-22).
class Sweeps : public LinearSolver {
 public:
  explicit Sweeps(const ActiveTree& tree);
  bool solve(const Rows* stiffness, const Row* residual, const Target& load, Row& macro, Row* strain) override;

  // Law [C | s] of the root; false where a block is singular.
  bool homogenise(const Rows* stiffness, const Row* residual, Rows& root);

 private:
  struct Jump {
    Row y[3];
  };

  template <class Interface>
  bool up();
  void down(const Row& macro, Row* strain);

  const ActiveTree& tree;
  std::vector<Rows> law;   // [C | s] of every node
  std::vector<Jump> jump;  // y = Y [eps | 1] of every block
  std::vector<Row> node;   // [eps | 1] of every node
};

// x of A x = b for the leading `size` rows, by elimination without pivoting, which a positive definite A does not need;
// false on a zero pivot. Overwrites A, and b by x.
bool solve_small(double (*A)[6], double* b, int size);

}  // namespace laminet
