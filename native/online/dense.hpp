// All jump vectors at once, as the paper's Algorithm 3: J a = -R with J = A^T W K A and R = A^T W sigma (Eqs. 25-31).
#pragma once

#include <vector>

#include "online/sweeps.hpp"

namespace laminet {

// LAPACK's Cholesky factorisation and solution, by pointers that the caller brings.
struct Lapack {
  void (*dpotrf)(char* uplo, int* n, double* a, int* lda, int* info);
  void (*dpotrs)(char* uplo, int* n, int* nrhs, double* a, int* lda, double* b, int* ldb, int* info);
};

// J is assembled leaf by leaf, each adding to the blocks of its own ancestors, and kept and factorised as a dense
// matrix: O(n^3). Free macroscopic strains are further unknowns, their rows the average stress. For laminates only.
class DenseJumps : public LinearSolver {
 public:
  DenseJumps(const ActiveTree& tree, Lapack lapack);
  bool solve(const Rows* stiffness, const Row* residual, const Target& load, Row& macro, Row* strain) override;

 private:
  struct Ancestor {
    int block;
    double scale;  // the leaf's strain gains scale H a: plus or minus 1 / w_child (Eq. 24)
  };

  void assemble(std::size_t leaf, const Rows& law, const int* free, int count);
  double& J(int row, int column) { return matrix[static_cast<std::size_t>(column) * size + row]; }

  const ActiveTree& tree;
  Lapack lapack;
  std::vector<std::vector<Ancestor>> ancestors;  // of every leaf
  std::vector<double> matrix;                    // J, column by column, lower triangle
  std::vector<double> unknown;                   // jumps 3 (n - 1), then free macroscopic strains
  std::vector<Row> node;                         // strain of every node
  std::vector<Row> weighted;                     // w scale H^T [K | sigma] of a leaf's ancestors
  int size = 0;                                  // unknowns
};

}  // namespace laminet
