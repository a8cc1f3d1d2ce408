// All jump vectors at once, as the paper's Algorithm 3: J a = -R with J = A^T W K A and R = A^T W sigma (Eqs. 25-31).
#pragma once

#include <vector>

#include "online/sweeps.hpp"

namespace laminet {

// LAPACK's Cholesky factorisation and solution, and its solution by LU factors, by pointers that the caller brings.
struct Lapack {
  void (*dpotrf)(char* uplo, int* n, double* a, int* lda, int* info);
  void (*dpotrs)(char* uplo, int* n, int* nrhs, double* a, int* lda, double* b, int* ldb, int* info);
  void (*dgesv)(int* n, int* nrhs, double* a, int* lda, int* ipiv, double* b, int* ldb, int* info);
};

// J is assembled leaf by leaf, each adding to the blocks of its own ancestors, and kept and factorised as a dense
// matrix: O(n^3). Free macroscopic strains are further unknowns, their rows the average stress. For laminates only.
class DenseJumps {
 public:
  DenseJumps(const ActiveTree& tree, Lapack lapack, bool symmetric) : tree(tree), lapack(lapack), symmetric(symmetric) {
    std::vector<std::vector<Ancestor>> of_node(tree.nodes());
    for (std::size_t b = 0; b < tree.blocks.size(); ++b) {
      const Block& block = tree.blocks[b];
      of_node[block.first] = of_node[block.second] = of_node[block.parent];
      of_node[block.first].push_back({static_cast<int>(b), 1.0 / (block.f1 * block.weight)});
      of_node[block.second].push_back({static_cast<int>(b), -1.0 / (block.f2 * block.weight)});
    }
    for (const Leaf& leaf : tree.leaves) ancestors.push_back(of_node[leaf.node]);
  }

  // Strains of all nodes from the laws [C | s] of the leaves' nodes; false where J is not positive definite or, where
  // not symmetric, singular.
  bool solve(const std::vector<Rows>& laws, const Target& load, std::vector<Row>& node) {
    int free[6], count = 0;
    for (int i = 0; i < 6; ++i)
      if (!load.prescribed[i]) free[count++] = i;
    const int jumps = static_cast<int>(3 * tree.blocks.size());
    size = jumps + count;
    Row& macro = node[0] = load.kept(load.strain);
    matrix.assign(static_cast<std::size_t>(size) * size, 0.0);
    unknown.assign(size, 0.0);
    for (int f = 0; f < count; ++f) unknown[jumps + f] = -tree.weight * load.stress[free[f]];
    for (std::size_t k = 0; k < tree.leaves.size(); ++k) {
      Rows law = laws[tree.leaves[k].node];
      const Row sigma = product(law, macro + unit_place);
      for (int i = 0; i < 6; ++i) law.row[i].set(6, sigma[i]);
      symmetric ? assemble<true>(k, law, free, count) : assemble<false>(k, law, free, count);
    }
    if (size > 0 && !symmetric) {
      int one = 1, info = 0;
      pivots.resize(size);
      lapack.dgesv(&size, &one, matrix.data(), &size, pivots.data(), unknown.data(), &size, &info);
      if (info != 0) return false;
    } else if (size > 0) {
      char lower = 'L';
      int one = 1, info = 0;
      lapack.dpotrf(&lower, &size, matrix.data(), &size, &info);
      if (info != 0) return false;
      lapack.dpotrs(&lower, &size, &one, matrix.data(), &size, unknown.data(), &size, &info);
    }
    for (int f = 0; f < count; ++f) macro.set(free[f], -unknown[jumps + f]);
    for (std::size_t b = 0; b < tree.blocks.size(); ++b) {
      const Block& block = tree.blocks[b];
      const Row jump = AnyNormal(block.normal).strain<Row>(&unknown[3 * b]);  // minus H a
      node[block.first] = node[block.parent] - (1.0 / (block.f1 * block.weight)) * jump;
      node[block.second] = node[block.parent] + (1.0 / (block.f2 * block.weight)) * jump;
    }
    return true;
  }

 private:
  struct Ancestor {
    int block;
    double scale;  // the leaf's strain gains scale H a: plus or minus 1 / w_child (Eq. 24)
  };

  // Adds B^T (w K) B to J and B^T (w sigma) to R, with B = [scale H of every ancestor | unit strains that are free].
  // `law` is [K | sigma]. Of a symmetric J the lower triangle is enough.
  template <bool is_symmetric>
  void assemble(std::size_t leaf, const Rows& law, const int* free, int count) {
    const double weight = tree.leaves[leaf].weight;
    const int jumps = static_cast<int>(3 * tree.blocks.size());
    const auto& own = ancestors[leaf];
    const auto entry_of = [&](int row, int column) -> double& {
      return is_symmetric ? J(column, row) : J(row, column);
    };
    weighted.resize(3 * own.size());
    for (std::size_t j = 0; j < own.size(); ++j) {
      Row* wHK = &weighted[3 * j];
      AnyNormal(tree.blocks[own[j].block].normal).traction([&](int i) { return law.row[i]; }, wHK);
      for (int b = 0; b < 3; ++b) {
        wHK[b] = (weight * own[j].scale) * wHK[b];
        const int row = 3 * own[j].block + b;
        unknown[row] += wHK[b][6];
        for (std::size_t i = is_symmetric ? j : 0; i < own.size(); ++i) {  // deeper blocks have higher numbers
          double entry[3];
          AnyNormal(tree.blocks[own[i].block].normal).traction([&](int k) { return wHK[b][k]; }, entry);
          for (int a = 0; a < 3; ++a) entry_of(row, 3 * own[i].block + a) += own[i].scale * entry[a];
        }
        for (int f = 0; f < count; ++f) entry_of(row, jumps + f) += wHK[b][free[f]];
      }
    }
    for (int g = 0; g < count; ++g) {
      unknown[jumps + g] += weight * law.row[free[g]][6];
      for (int f = is_symmetric ? g : 0; f < count; ++f) J(jumps + f, jumps + g) += weight * law.row[free[f]][free[g]];
      for (std::size_t j = 0; !is_symmetric && j < own.size(); ++j) {
        double entry[3];
        AnyNormal(tree.blocks[own[j].block].normal).traction([&](int k) { return law.row[free[g]][k]; }, entry);
        for (int b = 0; b < 3; ++b) J(jumps + g, 3 * own[j].block + b) += (weight * own[j].scale) * entry[b];
      }
    }
  }

  double& J(int row, int column) { return matrix[static_cast<std::size_t>(column) * size + row]; }

  const ActiveTree& tree;
  Lapack lapack;
  std::vector<std::vector<Ancestor>> ancestors;  // of every leaf
  const bool symmetric;                          // whether J is
  std::vector<double> matrix;                    // J, column by column, its lower triangle where it is symmetric
  std::vector<int> pivots;
  std::vector<double> unknown;  // jumps 3 (n - 1), then free macroscopic strains
  std::vector<Row> weighted;    // w scale H^T [K | sigma] of a leaf's ancestors
  int size = 0;                 // unknowns
};

}  // namespace laminet
