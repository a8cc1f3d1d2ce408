#include "online/active_tree.hpp"

namespace laminet {

void ActiveTree::uniform(const Row& macro, std::vector<Row>& node, Row* strain) const {
  node[0] = macro;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const Row& parent = node[blocks[b].parent];
    node[blocks[b].first] = node[blocks[b].second] = literal() ? product(block_R[b], parent) : parent;
  }
  for (std::size_t k = 0; k < leaves.size(); ++k)
    strain[k] = leaf_R.empty() ? node[leaves[k].node] : product(leaf_R[k], node[leaves[k].node]);
}

Row ActiveTree::average(const Row* stress, std::vector<Row>& node, double& jumps) const {
  for (std::size_t k = 0; k < leaves.size(); ++k)
    node[leaves[k].node] = leaf_R.empty() ? stress[k] : combined(leaf_R[k], stress[k]);
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

}  // namespace laminet
