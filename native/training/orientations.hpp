// Rotations of a DMN's active nodes and normals of an IMN's, with the gradients of their angles: a lane of nodes at
// once.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <numbers>
#include <span>
#include <vector>

#include "lane/functions.hpp"
#include "lane/unrolled.hpp"
#include "training/rotation.hpp"

namespace laminet {

// As many nodes as a lane holds; the places beyond the last one repeat it.
struct NodeLane {
  std::array<int, width> node{};
  int count = 0;

  NodeLane() = default;
  explicit NodeLane(std::span<const int> nodes) : count(static_cast<int>(std::min<std::size_t>(nodes.size(), width))) {
    for (int l = 0; l < width; ++l) node[l] = nodes[std::min(l, count - 1)];
  }

  // Entry `k` of `size` of each of the nodes, from memory and to it.
  Lane gather(const double* from, int size, int k) const {
    Lane result{};
    for (int l = 0; l < width; ++l) result[l] = from[size * node[l] + k];
    return result;
  }
  void scatter(const Lane& value, double* to, int size, int k) const {
    for (int l = 0; l < count; ++l) to[size * node[l] + k] = value[l];
  }
};

// Normals n = (cos a sin b, sin a sin b, cos b), a = 2 pi theta, b = pi phi, of an IMN's blocks (Sec. 2.2 of the
// paper).
class Normals {
 public:
  void compile(std::span<const int> nodes) {
    parts.clear();
    for (std::size_t first = 0; first < nodes.size(); first += width)
      parts.push_back({NodeLane(nodes.subspan(first)), {}, {}});
  }

  // From theta and phi, two of every node: n, three of every node.
  void prepare(const double* angle, double* normal) {
    constexpr double unit[2] = {2.0 * std::numbers::pi, std::numbers::pi};
    for (Part& part : parts) {
      for (int k = 0; k < 2; ++k) sine_cosine(unit[k] * part.nodes.gather(angle, 2, k), part.sine[k], part.cosine[k]);
      part.nodes.scatter(part.cosine[0] * part.sine[1], normal, 3, 0);
      part.nodes.scatter(part.sine[0] * part.sine[1], normal, 3, 1);
      part.nodes.scatter(part.cosine[1], normal, 3, 2);
    }
  }

  // dL/d(theta, phi), two of every node, from dL/dn, three of every node.
  void gradient(const double* slope, double* angle_gradient) const {
    for (const auto& [nodes, sine, cosine] : parts) {
      const Lane x = nodes.gather(slope, 3, 0), y = nodes.gather(slope, 3, 1), z = nodes.gather(slope, 3, 2);
      nodes.scatter(2.0 * std::numbers::pi * sine[1] * (cosine[0] * y - sine[0] * x), angle_gradient, 2, 0);
      nodes.scatter(std::numbers::pi * (cosine[1] * (cosine[0] * x + sine[0] * y) - sine[1] * z), angle_gradient, 2, 1);
    }
  }

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
  void compile(std::span<const int> nodes, std::span<const int> above, int count) {
    place.assign(count, 0);
    parts.assign(1, {});
    for (int i = 0; i < 3; ++i) parts[0].accumulated[i][i] = broadcast(1.0);
    for (std::size_t first = 0; first < nodes.size();) {
      const int level = level_of(nodes[first]);
      std::size_t last = first + 1;
      while (last < nodes.size() && last - first < width && level_of(nodes[last]) == level) ++last;
      Part& part = parts.emplace_back();
      part.nodes = NodeLane(nodes.subspan(first, last - first));
      part.level = level;
      for (std::size_t k = first; k < last; ++k) {
        const int l = static_cast<int>(k - first);
        place[nodes[k]] = static_cast<int>(parts.size() - 1) * width + l;
        part.above[l] = above[k] < 0 ? 0 : place[above[k]];
      }
      first = last;
    }
  }

  // From three Euler angles of every node.
  [[gnu::flatten]] void prepare(const double* angle) {
    for (std::size_t p = 1; p < parts.size(); ++p) {
      Part& own = parts[p];
      Lane sine[3], cosine[3];
      for (int k = 0; k < 3; ++k) sine_cosine(own.nodes.gather(angle, 3, k), sine[k], cosine[k]);
      own.own = EulerRotation<Lane>(sine, cosine);
      const Matrix33<Lane>* above[width];
      int lanes[width];
      for (int l = 0; l < width; ++l) {
        above[l] = &part(own.above[l]).accumulated;
        lanes[l] = lane(own.above[l]);
      }
      each_entry<3, 3>([&](auto i, auto j) {
        Lane entry{};
        for (int l = 0; l < width; ++l) entry[l] = (*above[l])[i][j][lanes[l]];
        own.frame[i][j] = entry;
      });
      own.accumulated = multiply(own.own.q, own.frame);
    }
  }

  // Q of one node; of all nodes of one level, a lane at a time.
  Matrix33<double> of(int node) const {
    Matrix33<double> q;
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) q[i][j] = part(place[node]).accumulated[i][j][lane(place[node])];
    return q;
  }

  template <class Visit>
  void each_of_level(int level, const Visit& visit) const {
    for (const Part& part : parts)
      if (part.level == level) visit(part.nodes, part.accumulated);
  }

  // Torques on the nodes, in the frame of the node at the top of what they follow: dL/dw with Q -> Q (1 + [w]x).
  void clear_torques() {
    for (Part& part : parts) std::fill_n(part.torque, 3, Lane{});
  }

  void add_torque(int node, double scale, const double* torque) {
    for (int k = 0; k < 3; ++k) part(place[node]).torque[k][lane(place[node])] += scale * torque[k];
  }

  // dL/d(angle), three of every node; what turns a node turns those that follow it.
  void gradient(double* angle_gradient) {
    for (std::size_t p = parts.size() - 1; p > 0; --p) {
      const Part& own = parts[p];
      for (int l = 0; l < own.nodes.count; ++l)
        for (int k = 0; k < 3; ++k) part(own.above[l]).torque[k][lane(own.above[l])] += own.torque[k][l];
      Lane local[3];  // in the frame of the node above
      for (int i = 0; i < 3; ++i) {
        local[i] = Lane{};
        for (int j = 0; j < 3; ++j) local[i] += own.frame[i][j] * own.torque[j];
      }
      for (int k = 0; k < 3; ++k) own.nodes.scatter(own.own.about_axis(k, local), angle_gradient, 3, k);
    }
  }

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
  static int level_of(int node) { return std::bit_width(static_cast<unsigned>(node + 1)) - 1; }
  static int lane(int place) { return place % width; }

  std::vector<Part> parts;
  std::vector<int> place;  // of every node
};

}  // namespace laminet
