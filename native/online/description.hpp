// A law as its users describe it, in a file or in arrays, and what is wrong with it.
#pragma once

#include <algorithm>
#include <cmath>
#include <fstream>
#include <locale>
#include <sstream>
#include <string>
#include <vector>

#include "laws/registry.hpp"
#include "online/active_tree.hpp"

namespace laminet {

struct Description {
  struct Parent {
    int node, first, second;
    double normal[3];
  };

  struct Child {
    int node, phase;  // 1, 2, ...
    double weight;
    std::vector<double> rotation;  // (6, 6), or empty
  };

  std::vector<Parent> parents;
  std::vector<Child> leaves;
  Laws laws;  // of the phases
};

inline constexpr int most_phases = 1 << 24;
inline constexpr double tolerated = 1e-8;  // how closely a normal has unit length, a rotation is orthogonal

inline bool orthogonal(const double* R) {
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 6; ++j) {
      double product = 0.0;
      for (int k = 0; k < 6; ++k) product += R[6 * i + k] * R[6 * j + k];
      if (!(std::abs(product - (i == j ? 1.0 : 0.0)) < tolerated)) return false;
    }
  return true;
}

// Numbers of the rest of a line; none where one of its words is no number.
inline std::vector<double> numbers(std::istringstream& line) {
  std::vector<double> result;
  for (double number; line >> number;) result.push_back(number);
  return line.eof() ? result : std::vector<double>{};
}

// Whether the first `count` numbers can be whole ones.
inline bool whole(const std::vector<double>& numbers, int count) {
  return std::all_of(numbers.begin(), numbers.begin() + count,
                     [](double number) { return number == std::floor(number) && std::abs(number) < 1e9; });
}

class Reader {
 public:
  explicit Reader(const std::string& path) : path(path), file(path) {
    require(file.is_open(), path + ": cannot be read; make it with `laminet export`");
    file.imbue(std::locale::classic());
  }

  Description read() {
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
    for (const std::optional<Law>& law : laws) {
      description.laws.push_back(law ? *law : Law(*laws.back()));
      require(law.has_value(), path + ": phase " + std::to_string(description.laws.size()) + " has no line");
    }
    return std::move(description);
  }

 private:
  void check(bool condition, const std::string& message) {
    require(condition, path + ", line " + std::to_string(number) + ": " + message);
  }

  void take(const std::string& word, std::istringstream& line) {
    if (word == "phase") return phase(line);
    const std::vector<double> value = numbers(line);
    const auto integer = [&](int k) { return static_cast<int>(value[k]); };
    if (!begun) {
      check(word == "laminet-law", "no law; make it with `laminet export`");
      check(value == std::vector{1.0}, "a version of the format that this laminet does not know");
      begun = true;
    } else if (word == "block") {
      check(value.size() == 6 && whole(value, 3), "the form is: block NODE FIRST SECOND N1 N2 N3");
      description.parents.push_back({integer(0), integer(1), integer(2), {value[3], value[4], value[5]}});
    } else if (word == "leaf") {
      check((value.size() == 3 || value.size() == 39) && whole(value, 2),
            "the form is: leaf NODE PHASE WEIGHT, with or without the 36 numbers of a rotation");
      description.leaves.push_back({integer(0), integer(1), value[2], {value.begin() + 3, value.end()}});
    } else {
      check(word == "end", "a line must begin with phase, block, leaf or end");
      ended = true;
    }
  }

  void phase(std::istringstream& line) {
    check(begun, "no law; make it with `laminet export`");
    std::size_t number = 0;
    std::string name;
    line >> number >> name;
    check(1 <= number && number <= most_phases, "the form is: phase NUMBER LAW and the law's constants");
    laws.resize(std::max(laws.size(), number));
    check(!laws[number - 1], "phase " + std::to_string(number) + " is given twice; keep one of its lines");
    try {
      laws[number - 1] = make_law(name, numbers(line));
    } catch (const BadInput& error) {
      check(false, error.what());
    }
  }

  std::string path;
  std::ifstream file;
  int number = 0;
  bool begun = false, ended = false;
  Description description;
  std::vector<std::optional<Law>> laws;
};

// The tree, its weights summed up and its blocks in order. Throws BadInput where it is none.
inline ActiveTree active_tree(const Description& description) {
  const std::size_t leaves = description.leaves.size(), nodes = leaves == 0 ? 0 : 2 * leaves - 1;
  require(leaves > 0 && leaves < 1u << 24, "a network needs at least one leaf");
  require(description.parents.size() + 1 == leaves, "a network has one leaf more than blocks");
  const auto known = [&](int node) { return 0 <= node && static_cast<std::size_t>(node) < nodes; };
  std::vector<double> weight(nodes, 0.0);
  std::vector<int> uses(nodes, 0);  // as a parent or leaf, of which every node is one
  ActiveTree tree;
  for (const auto& leaf : description.leaves) {
    require(known(leaf.node) && ++uses[leaf.node] == 1, "the node of a leaf is unknown or used twice");
    require(1 <= leaf.phase && leaf.phase <= most_phases, "the phase of a leaf must be 1, 2, ...");
    require(std::isfinite(leaf.weight) && leaf.weight > 0.0, "the weight of a leaf must be positive");
    tree.leaves.push_back({leaf.node, leaf.phase - 1, leaf.weight});
    tree.weight += leaf.weight;
    weight[leaf.node] = leaf.weight;
    require(leaf.rotation.empty() == description.leaves.front().rotation.empty(),
            "all leaves have a rotation, or none has");
    if (leaf.rotation.empty()) continue;
    require(orthogonal(leaf.rotation.data()), "the rotation of a leaf is not an orthogonal (6, 6) matrix");
    tree.leaf_R.push_back(load_rows(leaf.rotation.data()));
  }
  std::vector<Description::Parent> parents = description.parents;
  std::sort(parents.begin(), parents.end(), [](const auto& one, const auto& other) { return one.node < other.node; });
  std::vector<int> born(nodes, 0);  // how often a node is a child: once, but for the root
  for (const auto& parent : parents) {
    require(known(parent.node) && ++uses[parent.node] == 1, "the node of a block is unknown or used twice");
    for (const int child : {parent.first, parent.second})
      require(known(child) && child > parent.node && ++born[child] == 1,
              "the child of a block is unknown, used twice or not numbered higher than the block");
  }
  for (auto parent = parents.rbegin(); parent != parents.rend(); ++parent) {
    const double* n = parent->normal;
    require(std::abs(n[0] * n[0] + n[1] * n[1] + n[2] * n[2] - 1.0) < tolerated, "a normal has not unit length");
    const double both = weight[parent->node] = weight[parent->first] + weight[parent->second];
    tree.blocks.push_back({parent->node,
                           parent->first,
                           parent->second,
                           weight[parent->first] / both,
                           weight[parent->second] / both,
                           both,
                           {n[0], n[1], n[2]}});
  }
  std::reverse(tree.blocks.begin(), tree.blocks.end());
  return tree;
}
// Reads the text that `laminet export` writes. Throws BadInput naming file and line.
inline Description read_description(const std::string& path) { return Reader(path).read(); }

}  // namespace laminet
