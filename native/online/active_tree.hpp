// The living part of a network, as laminet.online.active: blocks and leaves, and what sweeps of vectors make of them.
#pragma once

#include <vector>

#include "block/block.hpp"
#include "block/points.hpp"

namespace laminet {

// A parent and its two children.
struct Block {
  int parent, first, second;  // node numbers, root 0, children after their parent
  double f1, f2;              // volume fractions of the children (Eq. 4)
  double weight;              // of the parent
  double normal[3];           // of the interface
};

struct Leaf {
  int node;
  int phase;  // 0, 1, ...
  double weight;
};

struct ActiveTree {
  std::vector<Block> blocks;  // from the root down
  std::vector<Leaf> leaves;
  std::vector<Rows> block_R;  // rotations of a literal DMN (Eq. 6), whose normals are axis 3; else empty
  std::vector<Rows> leaf_R;   // a leaf's strain is R eps, its law enters as R^T C R; empty for an IMN
  double weight = 0.0;        // of all leaves

  bool literal() const { return !block_R.empty(); }
  std::size_t nodes() const { return 2 * leaves.size() - 1; }

  // Strains of the leaves, in their frames, when all have the macroscopic strain; `node` is memory for every node.
  void uniform(const Row& macro, std::vector<Row>& node, Row* strain) const;

  // Weighted average of the leaves' stresses, each in the frame of its material; adds the squared traction jumps
  // H^T (sigma_1 - sigma_2) of all interfaces to `jumps` (Eqs. 14, 27).
  Row average(const Row* stress, std::vector<Row>& node, double& jumps) const;
};

}  // namespace laminet
