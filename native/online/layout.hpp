// The state of a network point, number by number: the macroscopic strain, then for every leaf its strain in the frame
// of its material and the state of its law.
#pragma once

#include "laws/registry.hpp"
#include "online/active_tree.hpp"

namespace laminet {

// The laws, if every phase of the tree has one. Throws BadInput.
inline Laws checked(Laws laws, const ActiveTree& tree) {
  for (const Leaf& leaf : tree.leaves)
    require(static_cast<std::size_t>(leaf.phase) < laws.size(),
            "phase " + std::to_string(leaf.phase + 1) + " has leaves and no law");
  return laws;
}

namespace layout {

inline constexpr std::size_t strain = 6;
inline constexpr std::size_t law = Law::state_size;
static_assert(law == Group::State::parts, "a State of Single and Group holds a strain and one number");
inline constexpr std::size_t leaf = strain + law;

constexpr std::size_t size(std::size_t leaves) { return strain + leaf * leaves; }
constexpr std::size_t leaf_strain(std::size_t k) { return strain + leaf * k; }
constexpr std::size_t leaf_law(std::size_t k) { return leaf_strain(k) + strain; }

}  // namespace layout

}  // namespace laminet
