// The loss on curves: relative errors of the predictions of many curves, and the gradient of their mean.
#pragma once

#include <algorithm>
#include <atomic>
#include <numeric>
#include <utility>
#include <vector>

#include "threads.hpp"
#include "training/curve_adjoint.hpp"

namespace laminet {

// The active part of a network, prepared and not literal; its whole weight is one. Nodes count from the root, the last
// of the network's items, down.
inline ActiveTree active_tree(const Network& network) {
  ActiveTree tree;
  const auto items = network.items();
  const int last = static_cast<int>(items.size()) - 1;
  for (int k = last; k >= 0; --k) {
    const Item& item = items[k];
    const double share = network.share(item.node);
    if (item.first < 0) {
      tree.leaves.push_back({last - k, network.phase(item.node), share});
      if (network.rotates()) tree.leaf_R.push_back(load_rows(MandelRotation(network.rotation_of(item.node)).r[0]));
    } else {
      const double* n = network.normal_of(item.node);
      tree.blocks.push_back({last - k,
                             last - item.first,
                             last - item.second,
                             item.fraction,
                             1.0 - item.fraction,
                             share,
                             {n[0], n[1], n[2]}});
    }
  }
  tree.weight = 1.0;
  return tree;
}

// Curves by groups of at most `width` whose laws are of the same kinds, long ones first.
inline std::vector<std::vector<std::size_t>> grouped(std::span<const TrainingCurve> curves) {
  const auto kinds = [&](std::size_t k) {
    std::vector<std::size_t> kinds;
    for (const Law& law : *curves[k].laws) kinds.push_back(law.kind());
    return kinds;
  };
  std::vector<std::size_t> order(curves.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(kinds(a), curves[b].path.steps) < std::pair(kinds(b), curves[a].path.steps);
  });
  std::vector<std::vector<std::size_t>> groups;
  for (const std::size_t k : order) {
    if (groups.empty() || groups.back().size() == width || kinds(groups.back().front()) != kinds(k))
      groups.emplace_back();
    groups.back().push_back(k);
  }
  return groups;
}

// Predicts the curves and writes the relative error of each to `losses`, NaN where it failed, and the gradient of
// their mean, unless it is null; zero where all failed. The sums do not depend on `threads`: groups make them, whoever
// takes one. Throws BadInput where a law has no derivatives, or laws do not fit the network.
inline void curve_losses(Network& network, const double* parameters, std::span<const TrainingCurve> curves,
                         const Settings& settings, int threads, double* losses, double* gradient) {
  network.prepare(parameters);
  require(network.living_leaves() > 0, "no leaf is active");
  const ActiveTree tree = active_tree(network);
  const auto groups = grouped(curves);
  const std::size_t items = network.items().size(), size = items * Network::contribution_size;
  std::vector<double> sums(gradient != nullptr ? groups.size() * size : 0);

  const auto solve = [&](std::size_t g) {
    std::vector<TrainingCurve> members;
    std::vector<Laws> laws;  // of the leaves, member by member
    for (const std::size_t k : groups[g]) {
      members.push_back(curves[k]);
      laws.push_back(leaf_laws(tree, *curves[k].laws));
    }
    std::vector<LaneLaw> lanes;
    for (std::size_t leaf = 0; leaf < tree.leaves.size(); ++leaf) {
      Places<Law> places;  // those beyond the last member repeat it
      for (std::size_t place = 0; place < width; ++place) places[place] = &laws[std::min(place, laws.size() - 1)][leaf];
      lanes.emplace_back(places);
    }
    const std::vector<Round> rounds = CurveGroup(tree, lanes, settings, members).follow(gradient != nullptr);
    for (std::size_t place = 0; place < members.size(); ++place) {
      const auto [target, difference] = members[place].norms();
      losses[groups[g][place]] = members[place].failed() ? std::nan("") : difference / target;
    }
    if (gradient == nullptr) return;
    std::vector<Lane> contributions(size);
    CurveAdjoint(tree, lanes).backward(members, rounds, contributions.data());
    for (std::size_t node = 0; node < items; ++node)
      for (int k = 0; k < Network::contribution_size; ++k)
        sums[g * size + (items - 1 - node) * Network::contribution_size + k] =
            sum(contributions[node * Network::contribution_size + k]);
  };
  std::atomic<std::size_t> next{0};
  on_threads(std::min<std::size_t>(std::max(threads, 1), groups.size()), [&] {
    for (std::size_t g; (g = next++) < groups.size();) solve(g);
  });

  if (gradient == nullptr) return;
  const auto succeeded = std::count_if(losses, losses + curves.size(), [](double loss) { return !std::isnan(loss); });
  std::vector<double> contributions(size);
  for (std::size_t k = 0; k < sums.size(); ++k)
    contributions[k % size] += sums[k] / static_cast<double>(std::max<std::ptrdiff_t>(succeeded, 1));
  network.gradient(parameters, contributions, 0.0, 1.0, gradient);
}

}  // namespace laminet
