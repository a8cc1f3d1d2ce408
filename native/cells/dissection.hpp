// Nested dissection, the numeric phase of laminet.cells.fibres.dissection: K = L L^T, front by front along a tree of
// parts.
//
// A part's front is the matrix of the degrees of freedom it eliminates and of its interface, in this order. Fronts are
// column-major and only their lower triangles are used. The columns eliminated are assembled where the factor keeps
// them; the rest, which becomes the Schur complement, in the arena until the part above has taken it.
#pragma once

#include <algorithm>
#include <atomic>
#include <climits>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "errors.hpp"

namespace laminet {

// BLAS and LAPACK, by pointers that the caller provides, and their arguments, which are pointers, too.
struct Blas {
  static inline char lower = 'L', right = 'R', transposed = 'T', plain = 'N';
  static inline double one = 1.0, zero = 0.0, minus = -1.0;

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

inline std::size_t area(int rows, int columns) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
}

inline void clear_triangle(double* matrix, int rows, int columns) {
  for (int j = 0; j < columns; ++j) std::fill(matrix + area(rows, j) + j, matrix + area(rows, j + 1), 0.0);
}

// The tree, checked, with everything placed.
class Tree {
 public:
  struct Run {  // consecutive places of an interface that are consecutive in the front above, too
    int from, to, count;
  };

  struct Part {
    int start, inner, outer;      // first place eliminated; numbers of places eliminated and left
    std::size_t interface;        // where its interface begins
    std::size_t panel;            // where the factor keeps its columns, (inner + outer) x inner
    int first_element, elements;  // of a leaf
    int children[2] = {-1, -1};   // none of a leaf
    std::size_t slot = 0;         // of its Schur complement in the arena
    std::vector<Run> runs = {};   // of its interface in the front of the part above
  };

  // Throws BadInput where the arrays do not describe a tree.
  explicit Tree(const Parts& given)
      : size(given.size), columns(given.columns), order(given.order), interface(given.interface) {
    const std::size_t count = given.elements.size();
    require(count > 0 && count < INT_MAX && given.inner.size() == count && given.outer.size() == count,
            "every part has numbers of elements, of places eliminated and of places left");
    require(size >= 0 && columns > 0 && given.place.size() == order.size() * columns, "place must be (elements, d)");
    for (const int element : order)
      require(0 <= element && static_cast<std::size_t>(element) < order.size(), "order holds no numbers of elements");
    std::size_t left = 0, elements = 0;
    int start = 0;
    std::vector<int> waiting;  // parts without a parent so far
    for (std::size_t p = 0; p < count; ++p) {
      Part part{start, given.inner[p], given.outer[p], left, panels, static_cast<int>(elements), given.elements[p]};
      require(0 <= part.inner && part.inner <= size - start, "more places are eliminated than there are");
      start += part.inner;
      require(0 <= part.outer && part.outer <= size - start && area(1, part.outer) <= interface.size() - left,
              "more places are left than there are");
      for (int i = 0; i < part.outer; ++i) {
        const int place = interface[left + i];
        require((i > 0 ? interface[left + i - 1] < place : start <= place) && place < size,
                "an interface must ascend after the places eliminated");
      }
      if (part.elements < 0) {
        require(waiting.size() > 1, "a part that is not a leaf needs two before it");
        for (const int child : {1, 0}) {
          part.children[child] = waiting.back();
          waiting.pop_back();
        }
      } else {
        require(area(1, part.elements) <= order.size() - elements, "the leaves hold more elements than there are");
        elements += part.elements;
      }
      waiting.push_back(static_cast<int>(p));
      left += part.outer;
      panels += area(part.inner + part.outer, part.inner);
      widest = std::max(widest, part.outer);
      parts.push_back(part);
    }
    require(waiting.size() == 1 && elements == order.size() && start == size && left == interface.size(),
            "the parts do not make up the whole");
    local = given.place;
    connect();
    place_slots();
  }

  int size, columns, widest = 0;  // widest: most places of an interface
  std::vector<int> order, interface;
  std::vector<int> local;  // (elements, columns) row of the leaf's front, -1 where held
  std::vector<Part> parts;
  std::size_t panels = 0, arena = 0;  // numbers of the factor and of the arena

 private:
  // Places of elements and of interfaces become rows of the front that takes them.
  void connect() {
    for (const Part& part : parts) {
      for (std::size_t i = area(columns, part.first_element), end = i + area(columns, std::max(part.elements, 0));
           i < end; ++i)
        local[i] = local[i] < 0 ? -1 : row(part, local[i]);
      if (part.elements >= 0) continue;
      for (const int number : part.children) {
        Part& child = parts[number];
        for (int i = 0; i < child.outer; ++i) {
          const int to = row(part, interface[child.interface + i]);
          if (i > 0 && to == child.runs.back().to + child.runs.back().count)
            ++child.runs.back().count;
          else
            child.runs.push_back({i, to, 1});
        }
      }
    }
  }

  // Every depth has one slot for first and one for second children. Children come before their parents, so a slot is
  // free again when the next part of its depth needs it. The smallest slots stay in the cache.
  void place_slots() {
    std::vector<std::size_t> level(parts.size(), 0), most(2, 0);  // twice the depth, plus one for a second child
    for (std::size_t p = parts.size(); p-- > 0;) {
      most[level[p]] = std::max(most[level[p]], area(parts[p].outer, parts[p].outer));
      if (parts[p].elements >= 0) continue;
      for (const int child : {0, 1}) level[parts[p].children[child]] = (level[p] / 2 + 1) * 2 + child;
      most.resize(std::max(most.size(), (level[p] / 2 + 2) * 2), 0);
    }
    std::vector<std::size_t> begin;
    for (const std::size_t length : most) {
      begin.push_back(arena);
      arena += length;
    }
    for (std::size_t p = 0; p < parts.size(); ++p) parts[p].slot = begin[level[p]];
  }

  // Row of a place in a part's front.
  int row(const Part& part, int place) const {
    if (part.start <= place && place < part.start + part.inner) return place - part.start;
    const auto begin = interface.begin() + part.interface, end = begin + part.outer;
    const auto found = std::lower_bound(begin, end, place);
    require(found != end && *found == place, "a part holds a place that it neither eliminates nor leaves");
    return part.inner + static_cast<int>(found - begin);
  }
};

// A column of a front, to be indexed by the front's rows.
inline double* front_column(int column, const Tree::Part& part, double* panel, double* schur) {
  if (column < part.inner) return panel + area(part.inner + part.outer, column);
  return schur + area(part.outer, column - part.inner) - part.inner;
}

// Adds the Schur complement of a child to the front above; its interface ascends there: lower triangle to lower.
inline void extend_add(const Tree::Part& child, const double* complement, const Tree::Part& part, double* panel,
                       double* schur) {
  for (std::size_t r = 0; r < child.runs.size(); ++r) {
    const Tree::Run& own = child.runs[r];
    for (int j = 0; j < own.count; ++j) {
      const double* from = complement + area(child.outer, own.from + j);
      double* to = front_column(own.to + j, part, panel, schur);
      for (int i = j; i < own.count; ++i) to[own.to + i] += from[own.from + i];
      for (std::size_t s = r + 1; s < child.runs.size(); ++s) {
        const Tree::Run& below = child.runs[s];
        for (int i = 0; i < below.count; ++i) to[below.to + i] += from[below.from + i];
      }
    }
  }
}

class Factor {
 public:
  // X <- L^-1 X, in the order of elimination; X is (size, count), rows contiguous.
  // Rows of X are columns of X^T, column-major: what is eliminated together is contiguous.
  void forward(double* x, int count) const {
    std::vector<double> passed(area(tree->widest, count));
    for (const Tree::Part& part : tree->parts) {
      double *panel = &panels[part.panel], *own = x + area(count, part.start);
      int inner = part.inner, outer = part.outer, rows = inner + outer;
      if (inner == 0 || count == 0) continue;
      blas.dtrsm(&blas.right, &blas.lower, &blas.transposed, &blas.plain, &count, &inner, &blas.one, panel, &rows, own,
                 &count);
      if (outer == 0) continue;
      blas.dgemm(&blas.plain, &blas.transposed, &count, &outer, &inner, &blas.one, own, &count, panel + inner, &rows,
                 &blas.zero, passed.data(), &count);
      const int* interface = &tree->interface[part.interface];
      for (int i = 0; i < outer; ++i)
        for (int k = 0; k < count; ++k) x[area(count, interface[i]) + k] -= passed[area(count, i) + k];
    }
  }

  // X <- L^-T X.
  void backward(double* x, int count) const {
    std::vector<double> taken(area(tree->widest, count));
    for (auto part = tree->parts.rbegin(); part != tree->parts.rend(); ++part) {
      double *panel = &panels[part->panel], *own = x + area(count, part->start);
      int inner = part->inner, outer = part->outer, rows = inner + outer;
      if (inner == 0 || count == 0) continue;
      if (outer > 0) {
        const int* interface = &tree->interface[part->interface];
        for (int i = 0; i < outer; ++i) std::copy_n(x + area(count, interface[i]), count, &taken[area(count, i)]);
        blas.dgemm(&blas.plain, &blas.plain, &count, &inner, &outer, &blas.minus, taken.data(), &count, panel + inner,
                   &rows, &blas.one, own, &count);
      }
      blas.dtrsm(&blas.right, &blas.lower, &blas.plain, &blas.plain, &count, &inner, &blas.one, panel, &rows, own,
                 &count);
    }
  }

  const std::shared_ptr<const Tree> tree;

 private:
  friend class Dissection;
  Factor(std::shared_ptr<const Tree> tree, const Blas& blas, std::shared_ptr<double[]> panels)
      : tree(std::move(tree)), blas(blas), panels(std::move(panels)) {}

  Blas blas;
  std::shared_ptr<double[]> panels;  // the columns of all parts
};

class Dissection {
 public:
  Dissection(const Parts& parts, const Blas& blas) : tree(std::make_shared<Tree>(parts)), blas(blas) {}
  // Of the sum of symmetric element matrices (elements, columns, columns); none if it is not positive definite.
  std::optional<Factor> factorize(const double* matrices) {
    const std::lock_guard lock(busy);
    // The last factor's memory, unless it is still in use: fresh pages would cost a fifth of a factorisation.
    if (panels.use_count() != 1) panels.reset(new double[tree->panels]);
    std::atomic_thread_fence(std::memory_order_acquire);
    Factor factor(tree, blas, panels);
    arena.resize(tree->arena);
    for (const Tree::Part& part : tree->parts) {
      double *panel = &factor.panels[part.panel], *schur = arena.data() + part.slot;
      int inner = part.inner, outer = part.outer, rows = inner + outer, info = 0;
      clear_triangle(panel, rows, inner);
      clear_triangle(schur, outer, outer);
      if (part.elements >= 0)
        add_elements(part, matrices, panel, schur);
      else
        for (const int number : part.children) {
          const Tree::Part& child = tree->parts[number];
          extend_add(child, arena.data() + child.slot, part, panel, schur);
        }
      if (inner == 0) continue;
      blas.dpotrf(&blas.lower, &inner, panel, &rows, &info);
      if (info != 0) return std::nullopt;
      if (outer == 0) continue;
      blas.dtrsm(&blas.right, &blas.lower, &blas.transposed, &blas.plain, &outer, &inner, &blas.one, panel, &rows,
                 panel + inner, &rows);
      blas.dsyrk(&blas.lower, &blas.plain, &outer, &inner, &blas.minus, panel + inner, &rows, &blas.one, schur, &outer);
    }
    return factor;
  }

  const std::shared_ptr<const Tree> tree;

 private:
  void add_elements(const Tree::Part& part, const double* matrices, double* panel, double* schur) const {
    const int d = tree->columns;
    for (int e = part.first_element; e < part.first_element + part.elements; ++e) {
      const int* row = &tree->local[area(d, e)];
      const double* matrix = matrices + area(d, d) * tree->order[e];
      for (int b = 0; b < d; ++b, matrix += d) {
        if (row[b] < 0) continue;
        double* column = front_column(row[b], part, panel, schur);
        for (int a = 0; a < d; ++a)
          if (row[a] >= row[b]) column[row[a]] += matrix[a];
      }
    }
  }

  Blas blas;
  std::shared_ptr<double[]> panels;  // of the last factor
  std::vector<double> arena;         // Schur complements that wait
  std::mutex busy;                   // two threads of Python may call at once
};

}  // namespace laminet
