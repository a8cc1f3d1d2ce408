// A network driven by one of the online schemes, as laminet.online.schemes, along whole load paths, as
// laminet.loading.driver: the same iterates, the same decisions.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "online/dense.hpp"
#include "online/progress.hpp"

namespace laminet {

enum class Residual {
  none,       // s = 0
  increment,  // s = sigma - C d_eps, solved for the strain increments (Eq. 10)
  correction  // s = sigma, solved for the corrections of the iterate (Algorithm 3)
};

struct Recipe {
  bool dense = false;   // one dense system instead of sweeps
  bool secant = false;  // secant moduli instead of consistent tangents
  Residual residual = Residual::none;
};

struct Settings {
  double tolerance;
  bool paper_criterion;
  int max_iterations, cutbacks;
  bool uniform_guess;
};

// A network after an accepted increment.
struct NetworkState {
  Row strain{}, stress{};          // macroscopic
  std::vector<Row> leaf_strain;    // each in the frame of its material
  std::vector<Row> law;            // state of the leaves' laws

  explicit NetworkState(std::size_t leaves) : leaf_strain(leaves), law(leaves) {}
};

struct Increment {
  int iterations;
  double residual;
  bool converged;
};

// A load path and the response along it: (steps + 1, 6) or (steps + 1), step 0 the zero state.
struct Path {
  const bool* prescribed;
  const double *strain, *stress;
  std::size_t steps;
};

struct Curve {
  double *strain, *stress;
  std::int32_t* iterations;
  double* residual;
  bool* converged;
};

class NetworkSystem {
 public:
  NetworkSystem(const ActiveTree& tree, const Laws& laws, Recipe recipe, Settings settings, Lapack lapack);

  NetworkSystem(const NetworkSystem&) = delete;  // the solver refers to the tree

  std::size_t leaves() const { return tree.leaves.size(); }

  // One increment from `from` to `target`; `reached` is `from` where it failed from the start, with a stress of NaN.
  Increment solve(const NetworkState& from, const Target& target, NetworkState& reached);

  // One increment to the macroscopic strain `strain`, in halves where needed, and (unless null) its algorithmic
  // tangent: that of the last half where there are several. `residuals`, unless null, receives the imbalance after
  // every iteration of the last increment or half that was tried.
  Increment update(const NetworkState& from, const Row& strain, NetworkState& reached, Rows* tangent,
                   std::vector<double>* residuals = nullptr);

  // Drives the virgin network along `path`, halving increments that do not converge. What then still does not converge
  // is kept if it is finite and marked; if it is not finite, the rest is NaN and marked. `proceed` is asked after
  // every step. Returns the state after the last accepted step.
  const NetworkState& follow(const Path& path, const Curve& curve, const std::function<bool()>& proceed);

 private:
  // Strain increments since the last accepted state and what the laws make of them.
  struct Iterate {
    Row macro{};
    std::vector<Row> leaf, stress, law;
    std::vector<Rows> tangent;
    bool shortened = false;  // backtracking cut the step to it: its small change says nothing of convergence
  };

  bool iterate(const NetworkState& from, const Target& target, int number, const Iterate& at, Iterate& next,
               bool& done);
  bool respond(const NetworkState& from, Iterate& iterate);
  bool step(const NetworkState& from, const Target& target, const Iterate& at, Iterate& next);
  bool backtrack(const NetworkState& from, const Target& target, const Iterate& start, Iterate& end);
  bool converged(const NetworkState& from, const Target& target, const Iterate& previous, const Iterate& last);
  double imbalance(const Iterate& iterate, const Target& target, Row& stress);
  Increment advance(const NetworkState& from, const Target& start, const Target& end, int cutbacks,
                    NetworkState& reached);

  ActiveTree tree;
  Laws laws;  // of the phases
  Recipe recipe;
  Settings settings;
  Condensed condensed;
  std::unique_ptr<LinearSolver> dense;
  LinearSolver* solver;  // one of these
  Iterate iterates[2];
  const Iterate* last = &iterates[0];  // of the latest increment
  std::vector<double>* history = nullptr;
  std::vector<Row> node;            // of every node, for sweeps of vectors
  std::vector<Row> vector;          // of every leaf: a residual stress, or the step that is being shortened
  std::vector<Rows> moduli;         // of every leaf: secants
  NetworkState state, following;
  std::deque<NetworkState> halves;  // states in the middle of halved increments, by depth
};

}  // namespace laminet
