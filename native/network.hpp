// A network as a program over its living nodes, run forward and backward for a group of samples at once.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "block.hpp"
#include "rotation.hpp"

namespace laminet {

enum class Form {
  imn,      // normals free, phases unrotated
  literal,  // DMN, a rotation at every node, normals along axis 3
  reduced   // the same DMN with rotations accumulated from the root: one per leaf, and free normals
};

// Stiffnesses of one group of samples: the phases and the homogenised reference.
template <class Real>
struct Group {
  Symmetric<Real> phase[2];
  Symmetric<Real> reference;
  Symmetric<Real> reference_inverse;
  Lane<Real> weight;  // 1, or 0 for lanes beyond the last sample
};

// A living node in the order of the program: children come before their parents, the root is last.
struct Item {
  int node;           // in heap order
  int first, second;  // items of the living children; -1 where there is none (leaves, and chains of a literal DMN)
  double fraction;    // of the first child
};

// Network of given depth and form. `parameters` are the activations of the leaves, then the angles node by node.
class Network {
 public:
  Network(Form form, int depth);

  int parameter_count() const { return static_cast<int>(leaves + angles_per_node() * rotated_nodes()); }
  int living_leaves() const { return living; }
  Form form() const { return form_; }
  std::span<const Item> items() const { return items_; }

  // Reads the parameters, finds the living nodes and prepares normals and rotations. Dead leaves, and the interfaces
  // of blocks with one living child, leave the computation: nothing depends on them.
  void prepare(const double* parameters);

  // Chain rule from what the items contributed, summed over samples, to the gradient of all parameters.
  void gradient(const double* parameters, std::span<const double> contributions, double eta, double xi,
                double* gradient) const;

  // Numbers an item contributes: df1, dn (3), torque (3).
  static constexpr int contribution_size = 7;

  const int depth;
  const int leaves;

 private:
  template <class Real>
  friend class Sweep;

  int angles_per_node() const { return form_ == Form::imn ? 2 : 3; }
  int rotated_nodes() const { return form_ == Form::imn ? leaves - 1 : 2 * leaves - 1; }
  int compile(int node);

  Form form_;
  int living = 0;
  double total = 0.0;
  std::vector<double> weight;         // of every node
  std::vector<Item> items_;
  std::vector<EulerRotation> euler;   // of every node (DMN)
  std::vector<Matrix33> accumulated;  // Q of every node (reduced)
  std::vector<double> normal;         // 3 of every parent
};

// Forward and backward sweeps over one group; owns the memory they need and nothing else.
template <class Real>
class Sweep {
 public:
  // Prepares the rotations in the precision of the sweep; call after Network::prepare.
  void prepare(const Network& network, bool orthotropic);

  // Homogenised stiffness of the group.
  const Symmetric<Real>& forward(const Network& network, const Group<Real>& group);

  // After forward, from the cotangent of its result: writes contribution_size numbers for every item.
  void backward(const Network& network, const Symmetric<Real>& cotangent, double* contributions);

 private:
  template <class Interface>
  void forward_blocks(const Network& network, const Group<Real>& group);
  template <class Interface>
  void backward_blocks(const Network& network, double* contributions);

  bool orthotropic_ = false;
  std::vector<MandelRotation<Real>> rotation;  // of every item that has one
  std::vector<Symmetric<Real>> stiffness;      // of every item; in the backward sweep its cotangent
  std::vector<BlockMemory<Real>> memory;
  std::vector<const Symmetric<Real>*> value;   // where an item's stiffness is
};

}  // namespace laminet
