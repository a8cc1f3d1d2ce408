#include "description.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <locale>
#include <sstream>

namespace laminet {

namespace {

constexpr double near = 1e-8;  // how closely a normal has unit length, a rotation is orthogonal, a stiffness symmetric

void require(bool condition, const std::string& message) {
  if (!condition) throw BadInput(message);
}

bool all_finite(const double* numbers, int count) {
  return std::all_of(numbers, numbers + count, [](double number) { return std::isfinite(number); });
}

bool orthogonal(const double* R) {
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 6; ++j) {
      double product = 0.0;
      for (int k = 0; k < 6; ++k) product += R[6 * i + k] * R[6 * j + k];
      if (!(std::abs(product - (i == j ? 1.0 : 0.0)) < near)) return false;
    }
  return true;
}

bool positive_definite(const double* stiffness) {
  double factor[36];
  std::copy_n(stiffness, 36, factor);
  for (int j = 0; j < 6; ++j) {
    if (!(factor[7 * j] > 0.0)) return false;
    for (int i = j + 1; i < 6; ++i)
      for (int k = j + 1; k < 6; ++k) factor[6 * i + k] -= factor[6 * i + j] * factor[6 * j + k] / factor[7 * j];
  }
  return true;
}

Rows rows(const double* matrix) {
  Rows result;
  for (int i = 0; i < 6; ++i) result.row[i] = load(matrix + 6 * i);
  return result;
}

// Numbers of the rest of a line; false where one is missing, none, or left over.
bool numbers(std::istringstream& line, double* to, int count) {
  for (int k = 0; k < count; ++k)
    if (!(line >> to[k])) return false;
  std::string rest;
  return !(line >> rest);
}

bool whole(double number) { return number == std::floor(number) && std::abs(number) < 1e9; }

class Reader {
 public:
  explicit Reader(const std::string& path) : path(path), file(path) {
    require(file.is_open(), path + ": cannot be read; make it with `laminet export`");
    file.imbue(std::locale::classic());
  }

  Description read() {
    std::string text;
    while (!ended && std::getline(file, text)) {
      ++number;
      std::istringstream line(text.substr(0, text.find('#')));
      line.imbue(std::locale::classic());
      std::string word;
      if (line >> word) take(word, line);
    }
    require(begun, path + ": no law; make it with `laminet export`");
    require(ended, path + ": ends before its line 'end' (cut off?); make it again with `laminet export`");
    require(phases[0] && phases[1], path + ": a law needs phase 1 and phase 2");
    return std::move(found);
  }

 private:
  void check(bool condition, const char* message) {
    require(condition, path + ", line " + std::to_string(number) + ": " + message);
  }

  void take(const std::string& word, std::istringstream& line) {
    double value[39];
    if (!begun) {
      check(word == "laminet-law", "no law; make it with `laminet export`");
      check(numbers(line, value, 1) && value[0] == 1.0, "a version of the format that this laminet does not know");
      begun = true;
    } else if (word == "phase") {
      phase(line);
    } else if (word == "block") {
      check(numbers(line, value, 6) && whole(value[0]) && whole(value[1]) && whole(value[2]),
            "the form is: block NODE FIRST SECOND N1 N2 N3");
      found.parents.push_back({static_cast<int>(value[0]), static_cast<int>(value[1]), static_cast<int>(value[2]),
                               {value[3], value[4], value[5]}});
    } else if (word == "leaf") {
      const auto place = line.tellg();
      const bool turned = numbers(line, value, 39);
      line.clear();
      line.seekg(place);
      check((turned || numbers(line, value, 3)) && whole(value[0]) && whole(value[1]),
            "the form is: leaf NODE PHASE WEIGHT, with or without the 36 numbers of a rotation");
      found.leaves.push_back({static_cast<int>(value[0]), static_cast<int>(value[1]), value[2], {}});
      if (turned) found.leaves.back().rotation.assign(value + 3, value + 39);
    } else {
      check(word == "end", "a line must begin with phase, block, leaf or end");
      ended = true;
    }
  }

  void phase(std::istringstream& line) {
    int which = 0;
    std::string kind;
    double value[36];
    line >> which >> kind;
    check((which == 1 || which == 2) && (kind == "elastic" || kind == "j2") &&
              numbers(line, value, kind == "j2" ? 6 : 36),
          "the form is: phase NUMBER j2 YOUNG POISSON INITIAL LINEAR SATURATION RATE, or: phase NUMBER elastic and the "
          "36 numbers of a stiffness");
    try {
      found.law[which - 1] = kind == "j2" ? j2_law(value) : elastic_law(value);
    } catch (const BadInput& error) {
      check(false, error.what());
    }
    phases[which - 1] = true;
  }

  std::string path;
  std::ifstream file;
  int number = 0;
  bool begun = false, ended = false, phases[2] = {false, false};
  Description found;
};

}  // namespace

Law elastic_law(const double* stiffness) {
  require(all_finite(stiffness, 36), "a stiffness holds a number that is not finite");
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < i; ++j)
      require(std::abs(stiffness[6 * i + j] - stiffness[6 * j + i]) <= near * std::abs(stiffness[7 * i]),
              "a stiffness is not symmetric");
  require(positive_definite(stiffness), "a stiffness is not positive definite; check order, notation and units");
  return {.stiffness = rows(stiffness)};
}

Law j2_law(const double* parameters) {
  const double young = parameters[0], poisson = parameters[1];
  require(all_finite(parameters, 6), "a J2 law holds a number that is not finite");
  require(young > 0.0, "Young's modulus must be positive");
  require(-1.0 < poisson && poisson < 0.5, "Poisson's ratio must lie between -1 and 0.5");
  require(parameters[2] > 0.0, "the initial yield stress must be positive");
  require(*std::min_element(parameters + 3, parameters + 6) >= 0.0, "softening is not supported: linear, saturation and rate must not be negative");
  Law law;
  law.plastic = true;
  law.shear = young / (2.0 * (1.0 + poisson));
  law.hardening = {parameters[2], parameters[3], parameters[4], parameters[5]};
  const double lame = young * poisson / ((1.0 + poisson) * (1.0 - 2.0 * poisson));
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 6; ++j)
      law.stiffness.row[i].set(j, (i < 3 && j < 3 ? lame : 0.0) + (i == j ? 2.0 * law.shear : 0.0));
  return law;
}

ActiveTree active_tree(const Description& description) {
  const std::size_t leaves = description.leaves.size(), nodes = leaves == 0 ? 0 : 2 * leaves - 1;
  require(leaves > 0 && leaves < 1u << 24, "a network needs at least one leaf");
  require(description.parents.size() + 1 == leaves, "a network has one leaf more than blocks");
  const auto known = [&](int node) { return 0 <= node && static_cast<std::size_t>(node) < nodes; };
  std::vector<double> weight(nodes, 0.0);
  std::vector<int> uses(nodes, 0);  // as a parent or leaf, of which every node is one
  ActiveTree tree;
  for (const auto& leaf : description.leaves) {
    require(known(leaf.node) && ++uses[leaf.node] == 1, "the node of a leaf is unknown or used twice");
    require(leaf.phase == 1 || leaf.phase == 2, "the phase of a leaf must be 1 or 2");
    require(std::isfinite(leaf.weight) && leaf.weight > 0.0, "the weight of a leaf must be positive");
    tree.leaves.push_back({leaf.node, leaf.phase - 1, leaf.weight});
    tree.weight += leaf.weight;
    weight[leaf.node] = leaf.weight;
    require(leaf.rotation.empty() == description.leaves.front().rotation.empty(),
            "all leaves have a rotation, or none has");
    if (leaf.rotation.empty()) continue;
    require(orthogonal(leaf.rotation.data()), "the rotation of a leaf is not an orthogonal (6, 6) matrix");
    tree.leaf_R.push_back(rows(leaf.rotation.data()));
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
    require(std::abs(n[0] * n[0] + n[1] * n[1] + n[2] * n[2] - 1.0) < near, "a normal has not unit length");
    const double both = weight[parent->node] = weight[parent->first] + weight[parent->second];
    tree.blocks.push_back({parent->node, parent->first, parent->second, weight[parent->first] / both,
                           weight[parent->second] / both, both, {n[0], n[1], n[2]}});
  }
  std::reverse(tree.blocks.begin(), tree.blocks.end());
  return tree;
}

Description read_description(const std::string& path) { return Reader(path).read(); }

}  // namespace laminet
