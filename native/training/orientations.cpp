#include "training/orientations.hpp"

#include <algorithm>
#include <bit>
#include <numbers>

#include "lane/functions.hpp"
#include "lane/unrolled.hpp"

namespace laminet {

namespace {

// Entry `k` of `size` of each of the nodes.
Lane gather(const NodeLane& nodes, const double* from, int size, int k) {
  Lane result{};
  for (int l = 0; l < width; ++l) result[l] = from[size * nodes.node[l] + k];
  return result;
}

void scatter(const NodeLane& nodes, const Lane& value, double* to, int size, int k) {
  for (int l = 0; l < nodes.count; ++l) to[size * nodes.node[l] + k] = value[l];
}

NodeLane lane_of(std::span<const int> nodes) {
  NodeLane result{{}, static_cast<int>(std::min<std::size_t>(nodes.size(), width))};
  for (int l = 0; l < width; ++l) result.node[l] = nodes[std::min(l, result.count - 1)];
  return result;
}

int level_of(int node) { return std::bit_width(static_cast<unsigned>(node + 1)) - 1; }

}  // namespace

void Normals::compile(std::span<const int> nodes) {
  parts.clear();
  for (std::size_t first = 0; first < nodes.size(); first += width)
    parts.push_back({lane_of(nodes.subspan(first)), {}, {}});
}

void Normals::prepare(const double* angle, double* normal) {
  constexpr double unit[2] = {2.0 * std::numbers::pi, std::numbers::pi};
  for (Part& part : parts) {
    for (int k = 0; k < 2; ++k) sine_cosine(unit[k] * gather(part.nodes, angle, 2, k), part.sine[k], part.cosine[k]);
    scatter(part.nodes, part.cosine[0] * part.sine[1], normal, 3, 0);
    scatter(part.nodes, part.sine[0] * part.sine[1], normal, 3, 1);
    scatter(part.nodes, part.cosine[1], normal, 3, 2);
  }
}

void Normals::gradient(const double* slope, double* angle_gradient) const {
  for (const auto& [nodes, sine, cosine] : parts) {
    const Lane x = gather(nodes, slope, 3, 0), y = gather(nodes, slope, 3, 1), z = gather(nodes, slope, 3, 2);
    scatter(nodes, 2.0 * std::numbers::pi * sine[1] * (cosine[0] * y - sine[0] * x), angle_gradient, 2, 0);
    scatter(nodes, std::numbers::pi * (cosine[1] * (cosine[0] * x + sine[0] * y) - sine[1] * z), angle_gradient, 2, 1);
  }
}

void Orientations::compile(std::span<const int> nodes, std::span<const int> above, int count) {
  place.assign(count, 0);
  parts.assign(1, {});
  for (int i = 0; i < 3; ++i) parts[0].accumulated.m[i][i] = broadcast(1.0);
  for (std::size_t first = 0; first < nodes.size();) {
    const int level = level_of(nodes[first]);
    std::size_t last = first + 1;
    while (last < nodes.size() && last - first < width && level_of(nodes[last]) == level) ++last;
    Part& part = parts.emplace_back();
    part.nodes = lane_of(nodes.subspan(first, last - first));
    part.level = level;
    for (std::size_t k = first; k < last; ++k) {
      const int l = static_cast<int>(k - first);
      place[nodes[k]] = static_cast<int>(parts.size() - 1) * width + l;
      part.above[l] = above[k] < 0 ? 0 : place[above[k]];
    }
    first = last;
  }
}

[[gnu::flatten]] void Orientations::prepare(const double* angle) {
  for (std::size_t p = 1; p < parts.size(); ++p) {
    Part& own = parts[p];
    Lane sine[3], cosine[3];
    for (int k = 0; k < 3; ++k) sine_cosine(gather(own.nodes, angle, 3, k), sine[k], cosine[k]);
    own.own = EulerRotation<Lane>(sine, cosine);
    const Matrix33<Lane>* above[width];
    int lanes[width];
    for (int l = 0; l < width; ++l) {
      above[l] = &part(own.above[l]).accumulated;
      lanes[l] = lane(own.above[l]);
    }
    each_entry<3, 3>([&](auto i, auto j) {
      Lane entry{};
      for (int l = 0; l < width; ++l) entry[l] = above[l]->m[i][j][lanes[l]];
      own.frame.m[i][j] = entry;
    });
    own.accumulated = multiply(own.own.q, own.frame);
  }
}

Matrix33<double> Orientations::of(int node) const {
  Matrix33<double> q;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) q.m[i][j] = part(place[node]).accumulated.m[i][j][lane(place[node])];
  return q;
}

void Orientations::clear_torques() {
  for (Part& part : parts) std::fill_n(part.torque, 3, Lane{});
}

void Orientations::add_torque(int node, const double* torque) {
  for (int k = 0; k < 3; ++k) part(place[node]).torque[k][lane(place[node])] += torque[k];
}

void Orientations::gradient(double* angle_gradient) {
  for (std::size_t p = parts.size() - 1; p > 0; --p) {
    const Part& own = parts[p];
    for (int l = 0; l < own.nodes.count; ++l)
      for (int k = 0; k < 3; ++k) part(own.above[l]).torque[k][lane(own.above[l])] += own.torque[k][l];
    Lane local[3];  // in the frame of the node above
    for (int i = 0; i < 3; ++i) {
      local[i] = Lane{};
      for (int j = 0; j < 3; ++j) local[i] += own.frame.m[i][j] * own.torque[j];
    }
    for (int k = 0; k < 3; ++k) scatter(own.nodes, own.own.about_axis(k, local), angle_gradient, 3, k);
  }
}

}  // namespace laminet
