// A law as its users describe it, in a file or in arrays, and what is wrong with it.
#pragma once

#include <algorithm>
#include <cmath>
#include <fstream>
#include <locale>
#include <map>
#include <numeric>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "c/laminet.h"
#include "laws/registry.hpp"
#include "online/active_tree.hpp"

namespace laminet {

inline constexpr double tolerated = 1e-8;  // how closely a normal has unit length, a rotation is orthogonal

inline bool orthogonal(const Rows& R) {
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 6; ++j)
      if (!(std::abs(dot(R.row[i], R.row[j]) - (i == j ? 1.0 : 0.0)) < tolerated)) return false;
  return true;
}

// The tree, its weights summed up and its blocks in order; block_R (blocks, 6, 6): rotations of a literal DMN's blocks.
// Throws BadInput if the description is not a tree.
inline ActiveTree active_tree(const laminet_network& network, const double* block_R = nullptr) {
  require(network.leaves > 0 && network.leaves < 1u << 24, "a network needs at least one leaf");
  const int leaves = static_cast<int>(network.leaves), nodes = 2 * leaves - 1;
  const auto known = [&](int node) { return 0 <= node && node < nodes; };
  std::vector<double> weight(nodes, 0.0);
  std::vector<int> uses(nodes, 0), born(nodes, 0);  // as a parent or leaf, of which every node is one; as a child
  ActiveTree tree;
  for (std::size_t k = 0; k < network.leaves; ++k) {
    const Leaf leaf{network.leaf[k], network.phase[k] - 1, network.weight[k]};
    require(known(leaf.node) && ++uses[leaf.node] == 1, "the node of a leaf is unknown or used twice");
    require(network.phase[k] >= 1, "the phase of a leaf must be 1, 2, ...");
    require(std::isfinite(leaf.weight) && leaf.weight > 0.0, "the weight of a leaf must be positive");
    tree.leaves.push_back(leaf);
    tree.weight += leaf.weight;
    weight[leaf.node] = leaf.weight;
    if (network.rotation == nullptr) continue;
    tree.leaf_R.push_back(load_rows(network.rotation + 36 * k));
    require(orthogonal(tree.leaf_R.back()), "the rotation of a leaf is not an orthogonal (6, 6) matrix");
  }
  std::vector<std::size_t> order(leaves - 1);  // of the blocks, from the leaves up
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return network.parent[a] > network.parent[b]; });
  for (const std::size_t b : order) {
    const int parent = network.parent[b], first = network.first[b], second = network.second[b];
    require(known(parent) && ++uses[parent] == 1, "the node of a block is unknown or used twice");
    for (const int child : {first, second})
      require(known(child) && child > parent && ++born[child] == 1,
              "the child of a block is unknown, used twice or not numbered higher than the block");
    const double* n = network.normal + 3 * b;
    require(std::abs(n[0] * n[0] + n[1] * n[1] + n[2] * n[2] - 1.0) < tolerated, "a normal has not unit length");
    const double both = weight[parent] = weight[first] + weight[second];
    tree.blocks.push_back(
        {parent, first, second, weight[first] / both, weight[second] / both, both, {n[0], n[1], n[2]}});
    if (block_R != nullptr) tree.block_R.push_back(load_rows(block_R + 36 * b));
  }
  std::reverse(tree.blocks.begin(), tree.blocks.end());
  std::reverse(tree.block_R.begin(), tree.block_R.end());
  return tree;
}

// Numbers of the rest of a line; none where one of its words is no number.
inline std::vector<double> numbers(std::istringstream& line) {
  std::vector<double> result;
  for (double number; line >> number;) result.push_back(number);
  return line.eof() ? result : std::vector<double>{};
}

// Reads the text that `laminet export` writes. Throws BadInput, naming the line where there is one.
class Reader {
 public:
  explicit Reader(const std::string& path) : path(path), file(path) {
    require(file.is_open(), path + ": cannot be read; make it with `laminet export`");
    file.imbue(std::locale::classic());
  }

  std::pair<ActiveTree, Laws> read() {
    std::string text;
    while (std::getline(file, text)) {
      ++number;
      std::istringstream line(text.substr(0, text.find('#')));
      line.imbue(std::locale::classic());
      std::string word;
      if (!(line >> word)) continue;
      check(!ended, "text after the line 'end'; keep one law in a file");
      take(word, line);
    }
    require(begun, path + ": no law; make it with `laminet export`");
    require(ended, path + ": ends before its line 'end' (cut off?); make it again with `laminet export`");
    Laws known;
    for (const auto& [phase, law] : laws) {
      const int next = static_cast<int>(known.size()) + 1;
      require(phase == next, path + ": phase " + std::to_string(next) + " has no line");
      known.push_back(law);
    }
    require(parent.size() + 1 == leaf.size(), "a network has one leaf more than blocks");
    require(rotation.empty() || rotation.size() == 36 * leaf.size(), "all leaves have a rotation, or none has");
    return {active_tree({leaf.size(), parent.data(), first.data(), second.data(), normal.data(), leaf.data(),
                         phase.data(), weight.data(), rotation.empty() ? nullptr : rotation.data()}),
            known};
  }

 private:
  void check(bool condition, const std::string& message) {
    require(condition, path + ", line " + std::to_string(number) + ": " + message);
  }

  void take(const std::string& word, std::istringstream& line) {
    check(begun || word == "laminet-law", "no law; make it with `laminet export`");
    if (word == "phase") return take_law(line);
    const std::vector<double> value = numbers(line);
    const auto whole = [&](std::size_t count) {  // whether the first numbers can be whole ones
      return std::all_of(value.begin(), value.begin() + count,
                         [](double one) { return one == std::floor(one) && std::abs(one) < 1e9; });
    };
    if (!begun) {
      check(value == std::vector{1.0}, "a version of the format that this laminet does not know");
      begun = true;
    } else if (word == "block") {
      check(value.size() == 6 && whole(3), "the form is: block NODE FIRST SECOND N1 N2 N3");
      parent.push_back(static_cast<int>(value[0]));
      first.push_back(static_cast<int>(value[1]));
      second.push_back(static_cast<int>(value[2]));
      normal.insert(normal.end(), value.begin() + 3, value.end());
    } else if (word == "leaf") {
      check((value.size() == 3 || value.size() == 39) && whole(2),
            "the form is: leaf NODE PHASE WEIGHT, with or without the 36 numbers of a rotation");
      leaf.push_back(static_cast<int>(value[0]));
      phase.push_back(static_cast<int>(value[1]));
      weight.push_back(value[2]);
      rotation.insert(rotation.end(), value.begin() + 3, value.end());
    } else {
      check(word == "end", "a line must begin with phase, block, leaf or end");
      ended = true;
    }
  }

  void take_law(std::istringstream& line) {
    int phase = 0;
    std::string name;
    check((line >> phase >> name) && phase >= 1, "the form is: phase NUMBER LAW and the law's constants");
    check(!laws.contains(phase), "phase " + std::to_string(phase) + " is given twice; keep one of its lines");
    try {
      laws.insert_or_assign(phase, Law(name, numbers(line)));
    } catch (const BadInput& error) {
      check(false, error.what());
    }
  }

  std::string path;
  std::ifstream file;
  int number = 0;  // of the line
  bool begun = false, ended = false;
  std::vector<int> parent, first, second, leaf, phase;  // as in laminet_network
  std::vector<double> normal, weight, rotation;
  std::map<int, Law> laws;  // by phase
};

}  // namespace laminet
