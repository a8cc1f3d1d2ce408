// A network as a program over its active nodes, run forward and backward for a group of samples at once.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "block/block.hpp"
#include "training/orientations.hpp"
#include "training/orthotropic.hpp"

namespace laminet {

enum class Form {
  imn,      // normals free, phases unrotated
  literal,  // DMN, a rotation at every node, normals along axis 3
  reduced   // the same DMN with rotations accumulated from the root: one per leaf, and free normals
};

// Stiffnesses of one group of samples: the phases and the homogenised reference.
struct SampleGroup {
  std::vector<Symmetric> phase;
  std::vector<Orthotropic> aligned;  // the same, if they are that
  Symmetric reference;
  Symmetric reference_inverse;
  Lane scale;   // 1 / |reference|^2
  Lane weight;  // 1, or 0 for lanes beyond the last sample
};

// A leaf, or a block of two active children, in the order of the program: children come before their parents, and the
// root is last. A node with one active child has no item: it is that child, turned further in a literal DMN.
struct Item {
  int node;           // in heap order
  int first, second;  // items of the children; -1 for leaves
  int place;          // in a stack of stiffnesses, where a block takes the place of its first child
  double fraction;    // of the first child
  bool lowest;        // a block of two leaves
};

// Network of given depth and form; leaf k has phase k mod `phases`. `parameters` are the activations of the leaves,
// then the angles node by node.
class Network {
 public:
  Network(Form form, int depth, int phases) : depth(depth), leaves(1 << depth), phases(phases), form_(form) {
    items_.reserve(2 * leaves - 1);
  }

  int parameter_count() const { return leaves + angles_per_node() * rotated_nodes(); }
  int living_leaves() const { return living; }
  std::span<const Item> items() const { return items_; }

  // Of an active node: share of the whole weight, unit normal of a block, phase of a leaf and its rotation Q, of which
  // an IMN has none.
  double share(int node) const { return weight[node] / total; }
  const double* normal_of(int node) const { return &normal[3 * node]; }
  int phase(int node) const { return (node - leaves + 1) % phases; }
  bool rotates() const { return form_ != Form::imn; }
  Matrix33<double> rotation_of(int node) const { return orientations.of(node); }

  // Reads the parameters, finds the active nodes if these have changed, and prepares normals and rotations. Inactive
  // leaves, and the interfaces of blocks with one active child, leave the computation: nothing depends on them.
  void prepare(const double* parameters) {
    const bool changed = weigh(parameters);
    if (living == 0) return;
    if (changed) compile();
    for (Item& item : items_)
      if (item.first >= 0) item.fraction = weight[2 * item.node + 1] / weight[item.node];
    if (form_ == Form::imn) {
      normals.prepare(parameters + leaves, normal.data());
      return;
    }
    orientations.prepare(parameters + leaves);
    if (form_ == Form::literal) return;
    for (int level = 0; level < depth; ++level)
      orientations.each_of_level(level, [&](const NodeLane& nodes, const Matrix33<Lane>& q) {
        for (int l = 0; l < nodes.count; ++l)
          for (int i = 0; i < 3; ++i) normal[3 * nodes.node[l] + i] = q[2][i][l];
      });
  }

  // Chain rule from what the items contributed, summed over samples, to the gradient of all parameters.
  void gradient(const double* parameters, std::span<const double> contributions, double eta, double xi,
                double* gradient) {
    std::fill_n(gradient, parameter_count(), 0.0);
    const int parents = leaves - 1, nodes = 2 * leaves - 1;
    double* angle_gradient = gradient + leaves;
    weight_slope.assign(nodes, 0.0);
    orientations.clear_torques();
    weight_slope[0] = 2.0 * eta * (total - xi);

    for (std::size_t k = 0; k < items_.size(); ++k) {
      const Item& item = items_[k];
      const double* part = &contributions[k * contribution_size];
      const double share = this->share(item.node);
      if (form_ == Form::literal || (form_ == Form::reduced && item.first < 0))
        orientations.add_torque(item.node, share, part + 4);
      if (item.first < 0) continue;
      const double f1 = item.fraction, f2 = 1.0 - f1;
      weight_slope[2 * item.node + 1] += part[0] * f2 / total;
      weight_slope[2 * item.node + 2] -= part[0] * f1 / total;
      const double scale = 2.0 * f1 * f2 * share, *slope = part + 1;
      if (form_ == Form::imn) {
        for (int i = 0; i < 3; ++i) normal_slope[3 * item.node + i] = scale * slope[i];
      } else if (form_ == Form::reduced) {  // turning Q by w turns n = Q^T e3 by -w
        const double* n = &normal[3 * item.node];
        const double torque[3] = {slope[1] * n[2] - slope[2] * n[1], slope[2] * n[0] - slope[0] * n[2],
                                  slope[0] * n[1] - slope[1] * n[0]};
        orientations.add_torque(item.node, scale, torque);
      }
    }

    for (int node = 1; node < nodes; ++node) weight_slope[node] += weight_slope[(node - 1) / 2];
    for (int leaf = 0; leaf < leaves; ++leaf)
      if (parameters[leaf] > 0.0) gradient[leaf] = weight_slope[parents + leaf];
    if (form_ == Form::imn)
      normals.gradient(normal_slope.data(), angle_gradient);
    else
      orientations.gradient(angle_gradient);
  }

  // Numbers an item contributes, all per unit of its share of the weight: df1, dn / (2 f1 f2) (3), torque (3).
  static constexpr int contribution_size = 7;

  const int depth;
  const int leaves;
  const int phases;

 private:
  friend class Sweep;

  int angles_per_node() const { return form_ == Form::imn ? 2 : 3; }
  int rotated_nodes() const { return form_ == Form::imn ? leaves - 1 : 2 * leaves - 1; }
  // Whether other leaves live than before.
  bool weigh(const double* activation) {
    const int parents = leaves - 1;
    bool changed = false;
    living = 0;
    for (int leaf = 0; leaf < leaves; ++leaf) {
      const double value = std::max(activation[leaf], 0.0);
      changed |= (value > 0.0) != (weight[parents + leaf] > 0.0);
      living += value > 0.0;
      weight[parents + leaf] = value;
    }
    for (int node = parents - 1; node >= 0; --node) weight[node] = weight[2 * node + 1] + weight[2 * node + 2];
    total = weight[0];
    if (living == 0) items_.clear();
    return changed;
  }

  void compile() {
    items_.clear();
    compile(0, 0);
    leaf_items.clear();
    std::vector<int> blocks;
    for (std::size_t k = 0; k < items_.size(); ++k)
      if (items_[k].first < 0)
        leaf_items.push_back(static_cast<int>(k));
      else
        blocks.push_back(items_[k].node);
    if (form_ == Form::imn) {
      normals.compile(blocks);
      return;
    }
    std::vector<int> nodes, above;
    for (int node = 0; node < 2 * leaves - 1; ++node) {
      if (weight[node] <= 0.0) continue;
      nodes.push_back(node);
      above.push_back(follows(node) ? (node - 1) / 2 : -1);
    }
    orientations.compile(nodes, above, 2 * leaves - 1);
  }

  int compile(int node, int place) {
    const auto add = [&](int first, int second) {
      const bool lowest = first >= 0 && items_[first].first < 0 && items_[second].first < 0;
      items_.push_back({node, first, second, place, 0.0, lowest});
      return static_cast<int>(items_.size()) - 1;
    };
    if (node >= leaves - 1) return add(-1, -1);
    const int left = 2 * node + 1, right = left + 1;
    if (weight[left] <= 0.0) return compile(right, place);
    if (weight[right] <= 0.0) return compile(left, place);
    const int first = compile(left, place), second = compile(right, place + 1);
    return add(first, second);
  }

  // Whether the rotation of a node is accumulated on that of its parent, of which it turns the whole.
  bool follows(int node) const {
    if (node == 0) return false;
    const int sibling = node % 2 == 1 ? node + 1 : node - 1;
    return form_ == Form::reduced || weight[sibling] <= 0.0;
  }

  Form form_;
  int living = 0;
  double total = 0.0;
  std::vector<double> weight = std::vector<double>(2 * leaves - 1);  // of every node
  std::vector<Item> items_;
  std::vector<int> leaf_items;  // from the left to the right
  Normals normals;              // of an IMN
  Orientations orientations;    // of a DMN: Q from the root or, literal, from the top of a chain
  std::vector<double> normal = std::vector<double>(3 * (leaves - 1));        // of every parent
  std::vector<double> weight_slope;                                          // dL/dw of every node
  std::vector<double> normal_slope = std::vector<double>(3 * (leaves - 1));  // dL/dn of every parent
};

// One of a lane of rotations.
inline void extract(const OrthotropicRotation<Lane>& rotations, int lane, OrthotropicRotation<double>& one) {
  each_entry<15, 6>([&](auto i, auto j) { one.S[i][j] = rotations.S[i][j][lane]; });
  each_entry<6, 3>([&](auto i, auto j) { one.t[i][j] = rotations.t[i][j][lane]; });
}

// Forward and backward sweeps over one group; owns the memory they need and nothing else.
class Sweep {
 public:
  // Prepares the rotations of leaves and nodes; call after Network::prepare. `aligned`: the phases are.
  void prepare(const Network& network, bool aligned) {
    aligned_ = aligned;
    const std::size_t count = network.items_.size();
    stiffness.resize(count);
    Y.resize(count);
    value.resize(count);
    if (network.form_ == Form::imn) return;
    rotation.resize(count);
    of_leaf.resize(count);
    for (std::size_t k = 0; k < count; ++k) {
      const Item& item = network.items_[k];
      if (item.first < 0 ? !aligned : network.form_ == Form::literal)
        rotation[k] = MandelRotation(network.orientations.of(item.node));
    }
    if (!aligned) return;
    auto leaf = network.leaf_items.begin();
    network.orientations.each_of_level(network.depth, [&](const NodeLane& nodes, const Matrix33<Lane>& q) {
      const OrthotropicRotation<Lane> rotations(q);
      for (int l = 0; l < nodes.count; ++l) extract(rotations, l, of_leaf[*leaf++]);
    });
  }

  // Homogenised stiffness of the group, for an adjoint sweep or alone.
  template <bool adjoint>
  const Symmetric& forward(const Network& network, const SampleGroup& group) {
    if (network.form_ == Form::literal)
      forward_blocks<Axis3, adjoint>(network, group);
    else
      forward_blocks<AnyNormal, adjoint>(network, group);
    return *value.back();
  }

  // After forward, from the cotangent of its result: adds contribution_size numbers of every sample for every item.
  void backward(const Network& network, const Symmetric& cotangent, Lane* contributions) {
    const int root = static_cast<int>(network.items_.size()) - 1;
    const bool leaf = network.items_[root].first < 0;
    if (network.form_ == Form::literal || (network.form_ == Form::reduced && leaf))
      add_torque(root, cotangent, contributions);
    copy(cotangent, stiffness[root]);
    if (network.form_ == Form::literal)
      backward_blocks<Axis3>(network, contributions);
    else
      backward_blocks<AnyNormal>(network, contributions);
  }

 private:
  template <class Interface, bool adjoint>
  void forward_blocks(const Network& network, const SampleGroup& group) {
    const bool rotated = network.form_ != Form::imn;
    for (std::size_t k = 0; k < network.items_.size(); ++k) {
      const Item& item = network.items_[k];
      Symmetric& result = stiffness[adjoint ? static_cast<int>(k) : item.place];
      value[k] = &result;
      if (item.first < 0) {
        const int phase = network.phase(item.node);
        if (!rotated)
          value[k] = &group.phase[phase];
        else if (aligned_)
          turn(of_leaf[k], group.aligned[phase], result);
        else
          turn<false>(rotation[k], group.phase[phase], result);
        continue;
      }
      const Interface H(&network.normal[3 * item.node]);
      const Symmetric &first = *value[item.first], &second = *value[item.second];
      Matrix36* kept = adjoint ? &Y[k] : nullptr;
      bool sparse = false;
      if constexpr (Interface::turns) {
        sparse = item.lowest && aligned_ && !rotated;
        if (sparse) laminate_forward<Pattern::aligned, adjoint>(first, second, item.fraction, H, result, kept);
      }
      if (!sparse) laminate_forward<Pattern::full, adjoint>(first, second, item.fraction, H, result, kept);
      if (network.form_ == Form::literal) turn<false>(rotation[k], result, result);
    }
  }

  template <class Interface>
  void backward_blocks(const Network& network, Lane* contributions) {
    // In the place of an item's stiffness stands its cotangent once its parent has been passed.
    const bool rotated = network.form_ != Form::imn, literal = network.form_ == Form::literal;
    for (int k = static_cast<int>(network.items_.size()) - 1; k >= 0; --k) {
      const Item& item = network.items_[k];
      if (item.first < 0) continue;
      Symmetric& cotangent = stiffness[k];
      if (literal) turn<true>(rotation[k], cotangent, cotangent);

      const Interface H(&network.normal[3 * item.node]);
      const Symmetric &C1 = *value[item.first], &C2 = *value[item.second];
      const int child[2] = {item.first, item.second};
      Symmetric apart[2];
      Symmetric* slope[2];
      bool turned[2];
      for (int c = 0; c < 2; ++c) {
        const bool leaf = network.items_[child[c]].first < 0;
        turned[c] = literal || (rotated && leaf);  // its own rotation has a gradient
        slope[c] = turned[c] || leaf ? &apart[c] : &stiffness[child[c]];
      }
      BlockGradient gradient;
      const auto adjoint = [&]<Pattern pattern, bool wanted> {
        laminate_adjoint<pattern, wanted>(C1, C2, item.fraction, H, Y[k], cotangent, slope[0], slope[1], gradient);
      };
      if (!item.lowest || rotated)
        adjoint.template operator()<Pattern::full, true>();
      else if (aligned_ && Interface::turns)
        adjoint.template operator()<Interface::turns ? Pattern::aligned : Pattern::full, false>();
      else
        adjoint.template operator()<Pattern::full, false>();
      Lane* part = contributions + k * Network::contribution_size;
      part[0] += gradient.fraction;
      if constexpr (Interface::turns)
        for (int a = 0; a < 3; ++a) part[1 + a] += gradient.normal[a];
      for (int c = 0; c < 2; ++c) {
        if (!turned[c]) continue;
        add_torque(child[c], apart[c], contributions);
        if (network.items_[child[c]].first >= 0) copy(apart[c], stiffness[child[c]]);
      }
    }
  }

  void add_torque(int item, const Symmetric& cotangent, Lane* contributions) {
    const std::array<Lane, 3> of_item = torque(*value[item], cotangent);
    for (int k = 0; k < 3; ++k) contributions[item * Network::contribution_size + 4 + k] += of_item[k];
  }

  bool aligned_ = false;
  std::vector<MandelRotation> rotation;              // of every item that has one
  std::vector<OrthotropicRotation<double>> of_leaf;  // of every leaf with aligned phases
  std::vector<Symmetric> stiffness;                  // of every item; in the backward sweep its cotangent
  std::vector<Matrix36> Y;                           // of every block
  std::vector<const Symmetric*> value;               // where an item's stiffness is
};

}  // namespace laminet
