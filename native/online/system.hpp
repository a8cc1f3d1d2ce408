// A network driven by one of the online schemes, as laminet.online.schemes, along whole load paths, as
// laminet.loading.driver: the same iterates, the same decisions.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "laws/registry.hpp"
#include "online/dense.hpp"
#include "online/progress.hpp"

namespace laminet {

enum class Residual {
  none,       // s = 0
  increment,  // s = sigma - C d_eps, solved for the strain increments (Eq. 10)
  correction  // s = sigma, solved for the corrections of the iterate (Algorithm 3)
};

struct Recipe {
  bool secant = false;  // secant moduli instead of consistent tangents
  Residual residual = Residual::none;
};

struct Settings {
  double tolerance;
  int max_iterations, cutbacks;
  bool paper_criterion = false, uniform_guess = false;
};

// A network after an accepted increment.
struct NetworkState {
  Row strain{}, stress{};        // macroscopic
  std::vector<Row> leaf_strain;  // each in the frame of its material
  std::vector<Row> law;          // state of the leaves' laws

  explicit NetworkState(std::size_t leaves) : leaf_strain(leaves), law(leaves) {}

  bool finite() const {
    return laminet::finite(&strain, 1) && laminet::finite(&stress, 1) && laminet::finite(law.data(), law.size()) &&
           laminet::finite(leaf_strain.data(), leaf_strain.size());
  }
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

  Target at(std::size_t step) const {
    Target target{{}, load(strain + 6 * step), load(stress + 6 * step)};
    std::copy_n(prescribed, 6, target.prescribed);
    return target;
  }
};

struct Curve {
  double *strain, *stress;
  std::int32_t* iterations;
  double* residual;
  bool* converged;
};

class NetworkSystem {
 public:
  // Solved by sweeps, or as one dense system where LAPACK is given.
  NetworkSystem(const ActiveTree& given, const Laws& laws, Recipe recipe, Settings settings,
                const std::optional<Lapack>& lapack = std::nullopt)
      : tree(given),
        laws(laws),
        recipe(recipe),
        settings(settings),
        dense(lapack ? std::make_unique<DenseJumps>(tree, *lapack) : nullptr) {
    for (const Leaf& leaf : tree.leaves)
      require(static_cast<std::size_t>(leaf.phase) < laws.size(),
              "phase " + std::to_string(leaf.phase + 1) + " has leaves and no law");
  }

  NetworkSystem(const NetworkSystem&) = delete;  // the solver refers to the tree

  std::size_t leaves() const { return tree.leaves.size(); }

  // One increment from `from` to `target`; `reached` is `from` where it failed from the start, with a stress of NaN.
  Increment solve(const NetworkState& from, const Target& target, NetworkState& reached) {
    Iterate *at = &iterates[0], *next = &iterates[1];
    at->macro = settings.uniform_guess ? target.kept(target.strain - from.strain) : Row{};
    if (settings.uniform_guess)
      tree.uniform(at->macro, node, at->leaf.data());
    else
      std::fill(at->leaf.begin(), at->leaf.end(), Row{});
    int iterations = 0;
    bool done = false, moved = false;
    if (history != nullptr) history->clear();
    for (bool going = respond(from, *at); going && iterations < settings.max_iterations;) {
      ++iterations;
      if (!iterate(from, target, iterations, *at, *next, done)) break;
      std::swap(at, next);
      moved = true;
      if (Row stress; history != nullptr) history->push_back(imbalance(*at, target, stress));
      going = !done && finite(at->stress.data(), leaves());
    }
    if (!moved) {
      reached = from;
      reached.stress = Row{nan, nan, nan, nan, nan, nan};
      return {1, std::numeric_limits<double>::infinity(), false};
    }
    last = at;
    const double residual = imbalance(*at, target, reached.stress);
    reached.strain = from.strain + at->macro;
    reached.law = at->law;
    for (std::size_t k = 0; k < leaves(); ++k) reached.leaf_strain[k] = from.leaf_strain[k] + at->leaf[k];
    return {iterations, residual, done && reached.finite()};
  }

  // One increment to the macroscopic strain `strain`, in halves where needed, and (unless null) its algorithmic
  // tangent: that of the last half where there are several. `residuals`, unless null, receives the imbalance after
  // every iteration of the last increment or half that was tried.
  Increment update(const NetworkState& from, const Row& strain, NetworkState& reached, Rows* tangent,
                   std::vector<double>* residuals = nullptr) {
    Target start{{true, true, true, true, true, true}, from.strain, Row{}}, end = start;
    end.strain = strain;
    history = residuals;
    Increment increment = advance(from, start, end, settings.cutbacks, reached);
    history = nullptr;
    if (tangent != nullptr)
      increment.converged = increment.converged && condensed.homogenise(last->tangent.data(), nullptr, *tangent) &&
                            finite(tangent->row, 6);
    return increment;
  }

  // Drives the virgin network along `path`, halving increments that do not converge. What then still does not converge
  // is kept if it is finite and marked; if it is not finite, the rest is NaN and marked. `proceed` is asked after
  // every step. Returns the state after the last accepted step.
  const NetworkState& follow(const Path& path, const Curve& curve, const std::function<bool()>& proceed) {
    const std::size_t rows = path.steps + 1;
    for (double* values : {curve.strain, curve.stress}) std::fill_n(values, 6 * rows, nan);
    std::fill_n(curve.residual, rows, nan);
    std::fill_n(curve.iterations, rows, 0);
    std::fill_n(curve.converged, rows, false);
    state = NetworkState(leaves());
    store(state.strain, curve.strain);
    store(state.stress, curve.stress);
    curve.residual[0] = 0.0;
    curve.converged[0] = true;
    for (std::size_t step = 1; step < rows && proceed(); ++step) {
      const Increment increment = advance(state, path.at(step - 1), path.at(step), settings.cutbacks, following);
      curve.iterations[step] = increment.iterations;
      curve.residual[step] = increment.residual;
      curve.converged[step] = increment.converged;
      if (!finite(&following.stress, 1) || !finite(&following.strain, 1)) {
        curve.converged[step] = false;
        break;
      }
      std::swap(state, following);
      store(state.strain, curve.strain + 6 * step);
      store(state.stress, curve.stress + 6 * step);
    }
    return state;
  }

 private:
  static constexpr int backtracks = 10;
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

  // Strain increments since the last accepted state and what the laws make of them.
  struct Iterate {
    explicit Iterate(std::size_t leaves) : leaf(leaves), stress(leaves), law(leaves), tangent(leaves) {}

    Row macro{};
    std::vector<Row> leaf, stress, law;
    std::vector<Rows> tangent;
    bool shortened = false;  // backtracking cut the step to it: its small change says nothing of convergence
  };

  // One iteration; false where the system is singular or a law has no stress.
  bool iterate(const NetworkState& from, const Target& target, int number, const Iterate& at, Iterate& next,
               bool& done) {
    if (!step(from, target, at, next) || !respond(from, next)) return false;
    next.shortened = false;
    done = converged(from, target, at, next);
    if (done || recipe.residual == Residual::none || number == 1) return true;
    if (!backtrack(from, target, at, next)) return false;
    if (next.shortened) done = converged(from, target, at, next);
    return true;
  }

  // The laws at the strain increments of `iterate`; false where one has no stress.
  bool respond(const NetworkState& from, Iterate& iterate) {
    bool sound = true;
    for (std::size_t k = 0; k < leaves(); ++k) {
      const Row strain = from.leaf_strain[k] + iterate.leaf[k];
      sound &= laws[tree.leaves[k].phase].update<Single>(strain, from.law[k], iterate.stress[k], iterate.tangent[k],
                                                         iterate.law[k]);
    }
    return sound;
  }

  // Strain increments of the next iterate; false where the system is singular.
  bool step(const NetworkState& from, const Target& target, const Iterate& at, Iterate& next) {
    Target load = target;
    const Row to_go = target.strain - from.strain;
    if (recipe.residual == Residual::correction) {
      load.strain = target.kept(to_go - at.macro);
      if (!solver->solve(at.tangent.data(), at.stress.data(), load, next.macro, next.leaf.data())) return false;
      next.macro += at.macro;
      for (std::size_t k = 0; k < leaves(); ++k) next.leaf[k] += at.leaf[k];
      return true;
    }
    load.strain = target.kept(to_go);
    if (recipe.residual == Residual::increment) {
      for (std::size_t k = 0; k < leaves(); ++k) vector[k] = at.stress[k] - combined(at.tangent[k], at.leaf[k]);
      return solver->solve(at.tangent.data(), vector.data(), load, next.macro, next.leaf.data());
    }
    load.stress = target.stress - from.stress;
    if (!recipe.secant) return solver->solve(at.tangent.data(), nullptr, load, next.macro, next.leaf.data());
    for (std::size_t k = 0; k < leaves(); ++k)
      moduli[k] = laws[tree.leaves[k].phase].secant(at.leaf[k], from.law[k], at.law[k]);
    return solver->solve(moduli.data(), nullptr, load, next.macro, next.leaf.data());
  }

  // Shortens the Newton step to `end` where the incremental energy would grow along it; false where a law has no
  // stress. The zero of the energy's slope is sought by false position (the slope kept at the other end is halved,
  // after Illinois), to half the slope at the start.
  bool backtrack(const NetworkState& from, const Target& target, const Iterate& start, Iterate& end) {
    const Row macro = end.macro - start.macro;
    const double load = tree.weight * dot(target.stress - target.kept(target.stress), macro);
    Progress<Single> whole;
    for (std::size_t k = 0; k < leaves(); ++k) {
      vector[k] = end.leaf[k] - start.leaf[k];
      whole.add_start(tree.leaves[k].weight, start.stress[k], start.leaf[k], vector[k]);
      whole.add_end(tree.leaves[k].weight, end.stress[k], vector[k]);
    }
    if (!whole.grows(load)) return true;
    double low = 0.0, down = whole.slope_down(load), high = 1.0, up = whole.slope_up(load);
    const double enough = -0.5 * down;
    end.shortened = true;
    for (int k = 0; k < backtracks; ++k) {
      const double length = (low * up - high * down) / (up - down);
      end.macro = start.macro + length * macro;
      for (std::size_t l = 0; l < leaves(); ++l) end.leaf[l] = start.leaf[l] + length * vector[l];
      if (!respond(from, end)) return false;
      Progress<Single> part;
      for (std::size_t l = 0; l < leaves(); ++l) part.add_end(tree.leaves[l].weight, end.stress[l], vector[l]);
      const double here = part.slope_up(load);
      if (std::abs(here) <= enough) break;
      if (here > 0.0) {
        high = length;
        up = here;
        down *= 0.5;
      } else {
        low = length;
        down = here;
        up *= 0.5;
      }
    }
    return true;
  }

  bool converged(const NetworkState& from, const Target& target, const Iterate& previous, const Iterate& last) {
    const bool by_residual = settings.paper_criterion && recipe.residual == Residual::correction;
    if (Row stress; by_residual && imbalance(last, target, stress) <= settings.tolerance) return true;
    if (last.shortened) return false;
    Progress<Single> progress;
    for (std::size_t k = 0; k < leaves(); ++k)
      progress.add_strains(last.leaf[k] - previous.leaf[k], last.leaf[k], from.leaf_strain[k] + last.leaf[k]);
    // At no load stresses are rounding, too.
    return progress.settled(by_residual ? Progress<Single>::rounding : settings.tolerance);
  }

  // The norm of all traction jumps and of the errors of the prescribed macroscopic stresses, over the weighted root
  // mean square of the leaves' stresses, infinite where that is not finite; the macroscopic stress is written to
  // `stress`.
  double imbalance(const Iterate& iterate, const Target& target, Row& stress) {
    double error = 0.0, square = 0.0;
    stress = tree.average(iterate.stress.data(), node, error);
    for (int i = 0; i < 6; ++i)
      if (!target.prescribed[i]) error += (stress[i] - target.stress[i]) * (stress[i] - target.stress[i]);
    for (std::size_t k = 0; k < leaves(); ++k)
      square += tree.leaves[k].weight * dot(iterate.stress[k], iterate.stress[k]);
    const double scale = std::sqrt(square / tree.weight);
    if (!std::isfinite(scale)) return std::numeric_limits<double>::infinity();
    return scale > 0.0 ? std::sqrt(error) / scale : 0.0;
  }

  // One increment, in halves where needed; counts the iterations of all its parts.
  Increment advance(const NetworkState& from, const Target& start, const Target& end, int cutbacks,
                    NetworkState& reached) {
    Increment whole = solve(from, end, reached);
    if (whole.converged || cutbacks == 0) return whole;
    const std::size_t depth = static_cast<std::size_t>(settings.cutbacks - cutbacks);
    if (halves.size() <= depth) halves.emplace_back(leaves());
    NetworkState& half = halves[depth];
    Target middle = end;
    middle.strain = 0.5 * (start.strain + end.strain);
    middle.stress = 0.5 * (start.stress + end.stress);
    const Increment first = advance(from, start, middle, cutbacks - 1, half);
    if (!first.converged) {
      whole.iterations += first.iterations;
      return whole;
    }
    Increment second = advance(half, middle, end, cutbacks - 1, reached);
    second.iterations += whole.iterations + first.iterations;
    return second;
  }

  ActiveTree tree;
  Laws laws;  // of the phases
  Recipe recipe;
  Settings settings;
  Condensed condensed{tree};
  std::unique_ptr<LinearSolver> dense;
  LinearSolver* solver = dense ? dense.get() : &condensed;
  Iterate iterates[2] = {Iterate(leaves()), Iterate(leaves())};
  const Iterate* last = &iterates[0];  // of the latest increment
  std::vector<double>* history = nullptr;
  std::vector<Row> node = std::vector<Row>(tree.nodes());  // for sweeps of vectors
  std::vector<Row> vector = std::vector<Row>(leaves());    // a residual stress, or the step that is being shortened
  std::vector<Rows> moduli = std::vector<Rows>(leaves());  // secants
  NetworkState state{leaves()}, following{leaves()};
  std::deque<NetworkState> halves;  // states in the middle of halved increments, by depth
};

}  // namespace laminet
