// Nested dissection, the numeric phase of laminet.rve.dissection: K = L L^T, front by front along a tree of parts.
//
// A part's front is the matrix of the degrees of freedom it eliminates and of its interface, in this order. Fronts are
// column-major and only their lower triangles are used. The columns eliminated are assembled where the factor keeps
// them; the rest, which becomes the Schur complement, in the arena until the part above has taken it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace laminet {

// BLAS and LAPACK, by pointers that the caller brings.
struct Blas {
  void (*dpotrf)(char* uplo, int* n, double* a, int* lda, int* info);
  void (*dtrsm)(char* side, char* uplo, char* transa, char* diag, int* m, int* n, double* alpha, double* a, int* lda,
                double* b, int* ldb);
  void (*dsyrk)(char* uplo, char* trans, int* n, int* k, double* alpha, double* a, int* lda, double* beta, double* c,
                int* ldc);
  void (*dgemm)(char* transa, char* transb, int* m, int* n, int* k, double* alpha, double* a, int* lda, double* b,
                int* ldb, double* beta, double* c, int* ldc);
};

// The symbolic phase's result. Places are numbers of degrees of freedom in the order of elimination.
struct Parts {
  int size;                    // degrees of freedom
  int columns;                 // degrees of freedom of an element
  std::vector<int> order;      // of the elements, leaf by leaf
  std::vector<int> place;      // (elements, columns), elements in this order, -1 where held
  std::vector<int> elements;   // of each leaf; -1: the union of the two parts before it. Children precede parents
  std::vector<int> inner;      // places that each part eliminates, which count on from part to part
  std::vector<int> outer;      // places of each part's interface
  std::vector<int> interface;  // of all parts one after the other, each ascending
};

// The tree, checked, with everything placed.
class Tree {
 public:
  struct Run {  // consecutive places of an interface that are consecutive in the front above, too
    int from, to, count;
  };

  struct Part {
    int start, inner, outer;          // first place eliminated; numbers of places eliminated and left
    std::size_t interface;            // where its interface begins
    std::size_t panel;                // where the factor keeps its columns, (inner + outer) x inner
    int first_element, elements;      // of a leaf
    int children[2] = {-1, -1};       // none of a leaf
    std::size_t slot = 0;             // of its Schur complement in the arena
    std::vector<Run> runs = {};       // of its interface in the front of the part above
  };

  // Throws BadInput where the arrays do not describe a tree.
  explicit Tree(const Parts& parts);

  int size, columns, widest = 0;  // widest: most places of an interface
  std::vector<int> order, interface;
  std::vector<int> local;  // (elements, columns) row of the leaf's front, -1 where held
  std::vector<Part> parts;
  std::size_t panels = 0, arena = 0;  // numbers of the factor and of the arena

 private:
  void connect();
  void place_slots();
  int row(const Part& part, int place) const;
};

// A factor's memory, kept for the next one: fresh pages would cost a fifth of a factorisation.
struct Spare {
  std::mutex busy;
  std::unique_ptr<double[]> panels;
};

struct GiveBack {
  std::shared_ptr<Spare> spare;
  void operator()(double* panels) const;
};

class Factor {
 public:
  // X <- L^-1 X, in the order of elimination; X is (size, count), rows contiguous.
  void forward(double* x, int count) const;
  // X <- L^-T X.
  void backward(double* x, int count) const;

  const std::shared_ptr<const Tree> tree;

 private:
  friend class Dissection;
  Factor(std::shared_ptr<const Tree> tree, const Blas& blas, std::shared_ptr<Spare> spare);

  Blas blas;
  std::unique_ptr<double[], GiveBack> panels;  // the columns of all parts
};

class Dissection {
 public:
  Dissection(const Parts& parts, const Blas& blas) : tree(std::make_shared<Tree>(parts)), blas(blas) {}
  // Of the sum of symmetric element matrices (elements, columns, columns); none if it is not positive definite.
  std::optional<Factor> factorize(const double* matrices);

  const std::shared_ptr<const Tree> tree;

 private:
  void add_elements(const Tree::Part& part, const double* matrices, double* panel, double* schur) const;

  Blas blas;
  std::shared_ptr<Spare> spare = std::make_shared<Spare>();
  std::vector<double> arena;  // Schur complements that wait
  std::mutex busy;            // two threads of Python may call at once
};

}  // namespace laminet
