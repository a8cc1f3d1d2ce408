#include "online/sweeps.hpp"

namespace laminet {

namespace {

// x of A x = b for the leading `size` rows, by elimination without pivoting, which a positive definite A does not need;
// false on a zero pivot. Overwrites A, and b by x.
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

// Macroscopic strain under `load` of the root's law: free strains from C and s.
bool root_strain(const Rows& law, const Target& load, Row& macro) {
  macro = load.kept(load.strain);
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

bool Condensed::homogenise(const Rows* stiffness, const Row* residual, Rows& root) {
  for (std::size_t k = 0; k < tree.leaves.size(); ++k) {
    Rows own = stiffness[k];
    if (residual != nullptr)
      for (int i = 0; i < 6; ++i) own.row[i] += residual[k][i] * unit_place;
    sweeps.law[tree.leaves[k].node] = tree.leaf_R.empty() ? own : turned_back(tree.leaf_R[k], own);
  }
  const bool regular = sweeps.up();
  root = sweeps.law[0];
  return regular;
}

bool Condensed::solve(const Rows* stiffness, const Row* residual, const Target& load, Row& macro, Row* strain) {
  Rows root;
  if (!homogenise(stiffness, residual, root) || !root_strain(root, load, macro)) return false;
  sweeps.node[0] = macro + unit_place;
  sweeps.down();
  for (std::size_t k = 0; k < tree.leaves.size(); ++k) {
    const Row& eps = sweeps.node[tree.leaves[k].node];
    strain[k] = tree.leaf_R.empty() ? eps - unit_place : product(tree.leaf_R[k], eps);
  }
  return true;
}

}  // namespace laminet
