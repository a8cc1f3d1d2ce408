#include "linear.hpp"

namespace laminet {

namespace {

// The block. With dX = X_2 - X_1 of the laws X = [C | s], T = H^T dX and M = H^T (f2 C_1 + f1 C_2) H: the jump is
// y = Y [eps | 1] with Y = M^-1 T, the strains are eps + f2 H y and eps - f1 H y, and the law is
// f1 X_1 + f2 X_2 - f1 f2 dC H Y. M is factorised as L D L^T; false on a zero pivot.
template <class Interface>
inline bool laminate(const Rows& X1, const Rows& X2, const Block& block, Rows& X, Row* Y) {
  const Interface H(block.normal);
  const double f1 = block.f1, f2 = block.f2;
  Rows D;
  for (int i = 0; i < 6; ++i) D.row[i] = X2.row[i] - X1.row[i];
  Row T[3], HtC[3];
  H.traction([&](int i) { return D.row[i]; }, T);
  H.traction([&](int i) { return X1.row[i]; }, HtC);
  double M[3][3];
  for (int a = 0; a < 3; ++a) {
    HtC[a] += f1 * T[a];
    traction(block.normal, HtC[a], M[a]);
  }
  const double l10 = M[0][1] / M[0][0], l20 = M[0][2] / M[0][0];
  const double d1 = M[1][1] - l10 * M[0][1], c21 = M[1][2] - l20 * M[0][1], l21 = c21 / d1;
  const double d2 = M[2][2] - l20 * M[0][2] - l21 * c21;
  if (M[0][0] == 0.0 || d1 == 0.0 || d2 == 0.0) return false;
  Y[1] = T[1] - l10 * T[0];
  Y[2] = (T[2] - l20 * T[0] - l21 * Y[1]) / d2;
  Y[1] = Y[1] / d1 - l21 * Y[2];
  Y[0] = T[0] / M[0][0] - l10 * Y[1] - l20 * Y[2];
  const double both = f1 * f2;
  for (int i = 0; i < 6; ++i)
    X.row[i] = (X1.row[i] + f2 * D.row[i]) - both * (T[0][i] * Y[0] + T[1][i] * Y[1] + T[2][i] * Y[2]);
  return true;
}

// Macroscopic strain under `load` of the root's law: free strains from C and s.
bool root_strain(const Rows& law, const Target& load, Row& macro) {
  macro = prescribed(load, load.strain);
  int free[6], count = 0;
  for (int i = 0; i < 6; ++i)
    if (!load.prescribed[i]) free[count++] = i;
  if (count == 0) return true;
  const Row stress = product(law, macro + unit_place);
  double A[6][6], b[6];
  for (int i = 0; i < count; ++i) {
    for (int j = 0; j < count; ++j) A[i][j] = law.row[free[i]][free[j]];
    b[i] = load.stress[free[i]] - stress[free[i]];
  }
  if (!solve_small(A, b, count)) return false;
  for (int i = 0; i < count; ++i) macro.set(free[i], b[i]);
  return true;
}

}  // namespace

bool solve_small(double (*A)[6], double* b, int size) {
  for (int j = 0; j < size; ++j) {
    if (A[j][j] == 0.0) return false;
    for (int i = j + 1; i < size; ++i) {
      const double factor = A[i][j] / A[j][j];
      for (int k = j + 1; k < size; ++k) A[i][k] -= factor * A[j][k];
      b[i] -= factor * b[j];
    }
  }
  for (int j = size; j-- > 0;) {
    for (int k = j + 1; k < size; ++k) b[j] -= A[j][k] * b[k];
    b[j] /= A[j][j];
  }
  return true;
}

Sweeps::Sweeps(const ActiveTree& tree)
    : tree(tree), law(tree.nodes()), jump(tree.blocks.size()), node(tree.nodes()) {}

template <class Interface>
bool Sweeps::up() {
  for (std::size_t b = tree.blocks.size(); b-- > 0;) {
    const Block& block = tree.blocks[b];
    Rows& own = law[block.parent];
    if (!laminate<Interface>(law[block.first], law[block.second], block, own, jump[b].y)) return false;
    if (tree.literal()) own = turned_back(tree.block_R[b], own);
  }
  return true;
}

bool Sweeps::homogenise(const Rows* stiffness, const Row* residual, Rows& root) {
  for (std::size_t k = 0; k < tree.leaves.size(); ++k) {
    Rows own = stiffness[k];
    if (residual != nullptr)
      for (int i = 0; i < 6; ++i) own.row[i] += residual[k][i] * unit_place;
    law[tree.leaves[k].node] = tree.leaf_R.empty() ? own : turned_back(tree.leaf_R[k], own);
  }
  const bool regular = tree.literal() ? up<Axis3>() : up<AnyNormal>();
  root = law[0];
  return regular;
}

void Sweeps::down(const Row& macro, Row* strain) {
  node[0] = macro + unit_place;
  for (std::size_t b = 0; b < tree.blocks.size(); ++b) {
    const Block& block = tree.blocks[b];
    const Row parent =
        tree.literal() ? product(tree.block_R[b], node[block.parent]) + unit_place : node[block.parent];
    const double y[3] = {dot(jump[b].y[0], parent), dot(jump[b].y[1], parent), dot(jump[b].y[2], parent)};
    const Row difference = jump_strain(block.normal, y);
    node[block.first] = parent + block.f2 * difference;
    node[block.second] = parent - block.f1 * difference;
  }
  for (std::size_t k = 0; k < tree.leaves.size(); ++k) {
    const Row& eps = node[tree.leaves[k].node];
    strain[k] = tree.leaf_R.empty() ? eps - unit_place : product(tree.leaf_R[k], eps);
  }
}

bool Sweeps::solve(const Rows* stiffness, const Row* residual, const Target& load, Row& macro, Row* strain) {
  Rows root;
  if (!homogenise(stiffness, residual, root) || !root_strain(root, load, macro)) return false;
  down(macro, strain);
  return true;
}

}  // namespace laminet
