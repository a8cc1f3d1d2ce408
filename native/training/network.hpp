// A network as a program over its living nodes, run forward and backward for a group of samples at once.
#pragma once

#include <memory>
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

// A leaf, or a block of two living children, in the order of the program: children come before their parents, the root
// is last. Nodes with one living child have none: they are that child, turned further in a literal DMN.
struct Item {
  int node;           // in heap order
  int first, second;  // items of the children; -1 for leaves
  int place;          // in a stack of stiffnesses, where a block takes the place of its first child
  double fraction;    // of the first child
  bool lowest;        // a block of two leaves
};

// Network of given depth and form; leaf k has phase k mod `phases`. `parameters` are the activations of the leaves, then the angles node by node.
class Network {
 public:
  Network(Form form, int depth, int phases);

  int parameter_count() const { return static_cast<int>(leaves + angles_per_node() * rotated_nodes()); }
  int living_leaves() const { return living; }
  Form form() const { return form_; }
  std::span<const Item> items() const { return items_; }

  // Reads the parameters, finds the living nodes where they have changed and prepares normals and rotations. Dead
  // leaves, and the interfaces of blocks with one living child, leave the computation: nothing depends on them.
  void prepare(const double* parameters);

  // Chain rule from what the items contributed, summed over samples, to the gradient of all parameters.
  void gradient(const double* parameters, std::span<const double> contributions, double eta, double xi,
                double* gradient);

  // Numbers an item contributes, all per unit of its share of the weight: df1, dn / (2 f1 f2) (3), torque (3).
  static constexpr int contribution_size = 7;

  const int depth;
  const int leaves;
  const int phases;

 private:
  friend class Sweep;

  int angles_per_node() const { return form_ == Form::imn ? 2 : 3; }
  int rotated_nodes() const { return form_ == Form::imn ? leaves - 1 : 2 * leaves - 1; }
  bool weigh(const double* activation);  // whether other leaves live than before
  void compile();
  int compile(int node, int place);
  // Whether the rotation of a node is accumulated on that of its parent, of which it turns the whole.
  bool follows(int node) const {
    if (node == 0) return false;
    const int sibling = node % 2 == 1 ? node + 1 : node - 1;
    return form_ == Form::reduced || weight[sibling] <= 0.0;
  }

  Form form_;
  int living = 0;
  double total = 0.0;
  std::vector<double> weight;  // of every node
  std::vector<Item> items_;
  std::vector<int> leaf_items;  // from the left to the right
  Normals normals;              // of an IMN
  Orientations orientations;    // of a DMN: Q from the root or, literal, from the top of a chain
  std::vector<double> normal;   // 3 of every parent
  std::vector<double> weight_slope, normal_slope;  // dL/dw of every node, dL/dn of every parent
};

// Forward and backward sweeps over one group; owns the memory they need and nothing else.
class Sweep {
 public:
  using Sums = Lane;

  // Prepares the rotations in the precision of the sweep; call after Network::prepare. `aligned`: the phases are.
  void prepare(const Network& network, bool aligned);

  // Homogenised stiffness of the group, for a backward sweep or alone.
  const Symmetric& forward(const Network& network, const SampleGroup& group);
  const Symmetric& homogenize(const Network& network, const SampleGroup& group);

  // After forward, from the cotangent of its result: adds contribution_size numbers of every sample for every item.
  void backward(const Network& network, const Symmetric& cotangent, Sums* contributions);

 private:
  template <class Interface, Keep keep>
  void forward_blocks(const Network& network, const SampleGroup& group);
  template <class Interface>
  void backward_blocks(const Network& network, Sums* contributions);
  void add_torque(int item, const Symmetric& cotangent, Sums* contributions);

  bool aligned_ = false;
  std::vector<MandelRotation> rotation;      // of every item that has one
  std::vector<OrthotropicRotation<double>> of_leaf;  // of every leaf with aligned phases
  std::vector<Symmetric> stiffness;          // of every item; in the backward sweep its cotangent
  std::vector<Matrix36> Y;  // of every block
  std::vector<const Symmetric*> value;  // where an item's stiffness is
};

}  // namespace laminet
