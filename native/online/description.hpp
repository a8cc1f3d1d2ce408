// A law as its users describe it, in a file or in arrays, and what is wrong with it.
#pragma once

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

// The tree, its weights summed up and its blocks in order. Throws BadInput where it is none.
ActiveTree active_tree(const Description& description);

// Reads the text that `laminet export` writes. Throws BadInput naming file and line.
Description read_description(const std::string& path);

}  // namespace laminet
