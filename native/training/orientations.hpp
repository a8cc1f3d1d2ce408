// Rotations of a DMN's living nodes and normals of an IMN's, with the gradients of their angles: a lane of nodes at once.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "training/rotation.hpp"

namespace laminet {

// As many nodes as a lane holds; the places beyond the last one repeat it.
struct NodeLane {
  std::array<int, width> node;
  int count;
};

// Normals n = (cos a sin b, sin a sin b, cos b), a = 2 pi theta, b = pi phi, of an IMN's blocks (Sec. 2.2 of the paper).
class Normals {
 public:
  void compile(std::span<const int> nodes);

  // From theta and phi, two of every node: n, three of every node.
  void prepare(const double* angle, double* normal);

  // dL/d(theta, phi), two of every node, from dL/dn, three of every node.
  void gradient(const double* slope, double* angle_gradient) const;

 private:
  struct Part {
    NodeLane nodes;
    Lane sine[2], cosine[2];
  };
  std::vector<Part> parts;
};

// Rotations Q of a DMN's nodes: their own, on top of those of the node above where they follow it.
class Orientations {
 public:
  // Nodes from the root down, those of one level one after another; above[k]: the node that nodes[k] follows, or -1.
  // `count`: nodes of the whole tree.
  void compile(std::span<const int> nodes, std::span<const int> above, int count);

  // From three Euler angles of every node.
  void prepare(const double* angle);

  // Q of one node; of all nodes of one level, a lane at a time.
  Matrix33<double> of(int node) const;
  template <class Visit>
  void each_of_level(int level, const Visit& visit) const {
    for (const Part& part : parts)
      if (part.level == level) visit(part.nodes, part.accumulated);
  }

  // Torques on the nodes, in the frame of the node at the top of what they follow: dL/dw with Q -> Q (1 + [w]x).
  void clear_torques();
  void add_torque(int node, const double* torque);

  // dL/d(angle), three of every node; what turns a node turns those that follow it.
  void gradient(double* angle_gradient);

 private:
  struct Part {
    NodeLane nodes;
    int level;
    std::array<int, width> above;  // places of the nodes above; the first part, which turns nothing, for none
    EulerRotation<Lane> own;
    Matrix33<Lane> frame, accumulated;  // Q of the node above, and of the node
    Lane torque[3];
  };
  Part& part(int place) { return parts[place / width]; }
  const Part& part(int place) const { return parts[place / width]; }
  static int lane(int place) { return place % width; }

  std::vector<Part> parts;
  std::vector<int> place;  // of every node
};

}  // namespace laminet
