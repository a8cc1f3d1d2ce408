// The active part of a network, as in laminet.online.active: blocks, leaves, and sweeps of vectors over them.
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
  std::vector<Rows> leaf_R;   // R eps of a leaf's node is the strain in the frame of its material; empty for an IMN
  double weight = 0.0;        // of all leaves

  bool literal() const { return !block_R.empty(); }
  std::size_t nodes() const { return 2 * leaves.size() - 1; }

  // Strains of all nodes, each in its frame, when all have the strain of the root, node[0].
  void uniform(std::vector<Row>& node) const {
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      const Row& parent = node[blocks[b].parent];
      node[blocks[b].first] = node[blocks[b].second] = literal() ? product(block_R[b], parent) : parent;
    }
  }

  // Weighted average of the leaves' stresses, node[leaf.node], each in the frame of its node; adds the squared traction
  // jumps H^T (sigma_1 - sigma_2) of all interfaces to `jumps` (Eqs. 14, 27).
  Row average(std::vector<Row>& node, double& jumps) const {
    for (std::size_t b = blocks.size(); b-- > 0;) {
      const Block& block = blocks[b];
      const Row &first = node[block.first], &second = node[block.second];
      double jump[3];
      const Row difference = first - second;
      AnyNormal(block.normal).traction([&](int i) { return difference[i]; }, jump);
      jumps += jump[0] * jump[0] + jump[1] * jump[1] + jump[2] * jump[2];
      const Row mean = block.f1 * first + block.f2 * second;
      node[block.parent] = literal() ? combined(block_R[b], mean) : mean;
    }
    return node[0];
  }
};

}  // namespace laminet
