// The linear problem inside every scheme, as laminet.online.linear: given sigma = C eps + s at every leaf and the
// macroscopic load, the strains for which tractions balance at every interface. Homogenisation up the tree and
// localisation down it, O(n) (Eqs. 5, 6, 10-12 or 20-22).
#pragma once

#include <algorithm>
#include <vector>

#include "block/full.hpp"
#include "online/active_tree.hpp"

namespace laminet {

// Of one point or of a group of points, which no literal DMN has.
template <class Kind>
class Sweeps {
 public:
  using Law = typename Kind::Law;
  using Vector = typename Kind::Vector;

  // `symmetric`: the stiffnesses of a single point are. Those of a group are where their type says so.
  explicit Sweeps(const ActiveTree& tree, bool symmetric = true)
      : law(tree.nodes()), node(tree.nodes()), tree(tree), jump(tree.blocks.size()), symmetric(symmetric) {}

  // Laws of all nodes from those of the leaves; false where a block of a single point is singular.
  bool up() {
    if constexpr (!single)
      return up_through<AnyNormal, Law::triangle>();
    else if (symmetric)
      return tree.literal() ? up_through<Axis3, true>() : up_through<AnyNormal, true>();
    else
      return tree.literal() ? up_through<Axis3, false>() : up_through<AnyNormal, false>();
  }

  // Strains of all nodes from that of the root.
  void down() {
    for (std::size_t b = 0; b < tree.blocks.size(); ++b) {
      const Block& block = tree.blocks[b];
      Vector parent = node[block.parent];
      if constexpr (single)
        if (tree.literal()) parent = product(tree.block_R[b], parent);
      const auto& Y = jump[b];
      const typename Kind::Number y[3] = {applied(Y[0], parent), applied(Y[1], parent), applied(Y[2], parent)};
      const Vector difference = AnyNormal(block.normal).strain<Vector>(y);
      node[block.first] = parent + block.f2 * difference;
      node[block.second] = parent - block.f1 * difference;
    }
  }

  std::vector<Law> law;      // [C | s] of every node
  std::vector<Vector> node;  // strain of every node

 private:
  static constexpr bool single = std::is_same_v<Kind, Single>;

  template <class Interface, bool symmetric_laws>
  bool up_through() {
    Row zero{};  // as long as all jumps are finite
    for (std::size_t b = tree.blocks.size(); b-- > 0;) {
      const Block& block = tree.blocks[b];
      const Interface H(block.normal);
      const Law &first = law[block.first], &second = law[block.second];
      if constexpr (symmetric_laws)
        laminate_forward<Pattern::full, true>(first, second, block.f1, H, law[block.parent], &jump[b]);
      else
        laminate_unsymmetric(first, second, block.f1, H, law[block.parent], jump[b]);
      if constexpr (single) {
        zero += 0.0 * jump[b][0];
        if (tree.literal()) law[block.parent] = turned_back(tree.block_R[b], law[block.parent]);
      }
    }
    return total(zero) == 0.0;
  }

  const ActiveTree& tree;
  std::vector<std::array<typename Law::Columns, 3>> jump;  // Y of every block
  const bool symmetric;
};

// Of a group: prescribed strains, and prescribed stresses where the strain is free, of every place.
struct GroupTarget {
  LaneMask prescribed[6]{};
  Lanes<6> strain, stress;
};

// Macroscopic strain of every place under `load` of the root's law [C | s].
inline Lanes<6> root_strain(const Group::Law& law, const GroupTarget& load) {
  LaneMask free{};
  for (const LaneMask& prescribed : load.prescribed) free |= ~prescribed;
  if (!any(free)) return load.strain;
  Symmetric C;
  Lanes<6> right;
  for (int i = 0; i < 6; ++i) right[i] = select(load.prescribed[i], load.strain[i], load.stress[i] - law.s[i]);
  for (int i = 0; i < 6; ++i) {
    C(i, i) = select(load.prescribed[i], broadcast(1.0), law.C(i, i));
    for (int j = i + 1; j < 6; ++j) {
      const LaneMask first = load.prescribed[i], second = load.prescribed[j];
      C(i, j) = select(first | second, Lane{}, law.C(i, j));
      right[i] -= select(second & ~first, law.C(i, j) * load.strain[j], Lane{});
      right[j] -= select(first & ~second, law.C(i, j) * load.strain[i], Lane{});
    }
  }
  return combined(inverse(C), right);
}

// Prescribed strains, and prescribed stresses where the strain is free.
struct Target {
  bool prescribed[6];
  Row strain, stress;
  double duration = 0.0;  // of the increment, in seconds

  // The row where the strain is prescribed, zero elsewhere.
  Row kept(const Row& row) const {
    Row kept{};
    for (int i = 0; i < 6; ++i) kept.set(i, prescribed[i] ? row[i] : 0.0);
    return kept;
  }
};

// Halves the increment that leads from `start` to `end`: the target in the middle; from there, half the duration is
// left.
inline Target halfway(const Target& start, Target& end) {
  end.duration *= 0.5;
  Target middle = end;
  middle.strain = 0.5 * (start.strain + end.strain);
  middle.stress = 0.5 * (start.stress + end.stress);
  return middle;
}

// Macroscopic strain under `load` of the root's law [C | s]: by Gauss and Jordan, without pivoting, which a positive
// definite C does not need; false on a zero pivot.
inline bool root_strain(const Rows& law, const Target& load, Row& macro) {
  macro = load.kept(load.strain);
  if (std::all_of(load.prescribed, load.prescribed + 6, [](bool each) { return each; })) return true;
  Rows system;
  for (int i = 0; i < 6; ++i) {
    system.row[i] = load.prescribed[i] ? unit_row[i] : law.row[i];
    system.row[i].set(6, load.prescribed[i] ? load.strain[i] : load.stress[i] - law.row[i][6]);
  }
  for (int j = 0; j < 6; ++j) {
    Row& pivot = system.row[j];
    if (pivot[j] == 0.0) return false;
    pivot = (1.0 / pivot[j]) * pivot;
    for (int i = 0; i < 6; ++i)
      if (i != j) system.row[i] -= system.row[i][j] * pivot;
  }
  for (int i = 0; i < 6; ++i) macro.set(i, system.row[i][6]);
  return true;
}

}  // namespace laminet
