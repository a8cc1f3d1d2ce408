// A law as its users describe it, in a file or in arrays, and what is wrong with it.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "active_tree.hpp"
#include "laws.hpp"

namespace laminet {

// What is wrong with an input, and where.
struct BadInput : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Description {
  struct Parent {
    int node, first, second;
    double normal[3];
  };

  struct Child {
    int node, phase;  // 1 or 2
    double weight;
    std::vector<double> rotation;  // (6, 6), or empty
  };

  std::vector<Parent> parents;
  std::vector<Child> leaves;
  Law law[2];
};

// Elastic law of a Mandel stiffness (6, 6). Throws BadInput where it is not symmetric and positive definite.
Law elastic_law(const double* stiffness);

// J2 law of (Young's modulus, Poisson's ratio, initial, linear, saturation, rate). Throws BadInput out of range.
Law j2_law(const double* parameters);

// The tree, its weights summed up and its blocks in order. Throws BadInput where it is none.
ActiveTree active_tree(const Description& description);

// Reads the text that `laminet export` writes. Throws BadInput naming file and line.
Description read_description(const std::string& path);

}  // namespace laminet
