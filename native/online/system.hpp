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

#include "online/dense.hpp"
#include "online/newton.hpp"

namespace laminet {

struct Recipe {
  bool residual = false;         // Newton steps, by the residual stress
  bool secant = false;           // secant moduli instead of consistent tangents
  bool paper_criterion = false;  // the imbalance, with residual stress
  bool uniform_guess = false;    // the macroscopic increment at every leaf, not zero
};

// A network after an accepted increment.
struct NetworkState {
  Row strain{}, stress{};             // macroscopic
  std::vector<Row> leaf_strain, law;  // strains of the leaves and states of their laws, each in the frame of its node
  std::vector<double> attached;       // states of attached laws

  explicit NetworkState(std::size_t leaves, std::size_t attached = 0)
      : leaf_strain(leaves), law(leaves), attached(attached) {}
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
  const double* time = nullptr;  // seconds; without it every increment is instantaneous

  Target at(std::size_t step) const {
    Target target{{}, load(strain + 6 * step), load(stress + 6 * step)};
    if (time != nullptr && step > 0) target.duration = time[step] - time[step - 1];
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

class NetworkSystem : private Newton<Single> {
 public:
  // Solved by sweeps, or as one dense system where LAPACK is given.
  NetworkSystem(const ActiveTree& given, const Laws& laws, Recipe recipe, const Settings& settings,
                const std::optional<Lapack>& lapack = std::nullopt)
      : Newton(given, leaf_laws(given, laws), settings, recipe.residual),
        recipe(recipe),
        dense(lapack ? std::make_unique<DenseJumps>(tree, *lapack, all_symmetric(laws)) : nullptr) {
    if (recipe.paper_criterion) least_change = Progress<Single>::rounding;  // at no load stresses are rounding, too
  }

  std::size_t size() const { return tree.leaves.size(); }
  std::size_t state_size() const { return layout::size(size()) + attached_size; }
  NetworkState virgin() const { return NetworkState(size(), attached_size); }
  using Newton::trouble;

  // A state from its numbers, see layout, and back.
  void read(const double* numbers, NetworkState& state) const {
    state.strain = load(numbers);
    for (std::size_t k = 0; k < size(); ++k) {
      const double* law = numbers + layout::leaf_law(k);
      state.leaf_strain[k] = load(numbers + layout::leaf_strain(k));
      state.law[k] = joined(load(law), law[6]);
      turn<false>(k, state.leaf_strain[k], state.law[k]);
    }
    std::copy_n(numbers + layout::size(size()), attached_size, state.attached.begin());
  }
  void write(const NetworkState& state, double* numbers) const {
    store(state.strain, numbers);
    for (std::size_t k = 0; k < size(); ++k) {
      Row strain = state.leaf_strain[k], law = state.law[k];
      turn<true>(k, strain, law);
      store(strain, numbers + layout::leaf_strain(k));
      store(law, numbers + layout::leaf_law(k), layout::law);
    }
    std::copy_n(state.attached.begin(), attached_size, numbers + layout::size(size()));
  }

  // One increment from `from` to `target`; `reached` is `from` where it failed from the start, with a stress of NaN.
  Increment solve(const NetworkState& from, const Target& target, NetworkState& reached) {
    before = &from;
    goal = target;
    goal.strain -= from.strain;
    macro = recipe.uniform_guess ? goal.kept(goal.strain) : Row{};
    macro_step = Row{};
    sweeps.node[0] = macro;
    if (recipe.uniform_guess) tree.uniform(sweeps.node);
    for (std::size_t k = 0; k < size(); ++k) {
      leaves[k].law.over(target.duration);
      leaves[k].start = from.leaf_strain[k];
      leaves[k].old = from.law[k];
      leaves[k].change = recipe.uniform_guess ? sweeps.node[leaves[k].node] : Row{};
    }
    attached_old = from.attached;
    if (history != nullptr) history->clear();
    const bool done = iterate();
    if (iterations < 2 && (share == 0.0 || !sound)) {
      reached = from;
      reached.stress = Row{nan, nan, nan, nan, nan, nan};
      return {1, std::numeric_limits<double>::infinity(), false};
    }
    if (!sound) {  // back to where all laws had a stress
      share = 0.0;
      for (LeafPoint& leaf : leaves) move(leaf, leaf.before);
    }
    reached.strain = from.strain + macro + share * macro_step;
    for (std::size_t k = 0; k < size(); ++k) {
      reached.leaf_strain[k] = leaves[k].start + leaves[k].change;
      reached.law[k] = leaves[k].state;
    }
    reached.attached = attached;
    const double residual = imbalance(reached.stress);
    return {iterations, residual, done};
  }

  // One increment to the macroscopic strain `strain` in so many seconds, in halves where needed, and (unless null) its
  // algorithmic tangent: that of the last half where there are several. `residuals`, unless null, receives the
  // imbalance after every iteration of the last increment or half that was tried.
  Increment update(const NetworkState& from, const Row& strain, double duration, NetworkState& reached, Rows* tangent,
                   std::vector<double>* residuals = nullptr) {
    Target start{{true, true, true, true, true, true}, from.strain, Row{}}, end = start;
    end.strain = strain;
    end.duration = duration;
    history = residuals;
    Increment increment = advance(from, start, end, settings.cutbacks, reached);
    history = nullptr;
    if (tangent != nullptr && increment.converged) {
      increment.converged = sweeps.up() && finite(sweeps.law[0]);
      *tangent = sweeps.law[0];
    }
    return increment;
  }

  // Drives the virgin network along `path`, halving increments that do not converge. What then still does not converge
  // is kept if it is finite and marked; if it is not finite, the rest is NaN and marked. `proceed` is asked after
  // every step. Returns the state after the last accepted step.
  const NetworkState& follow(const Path& path, const Curve& curve, const std::function<bool()>& proceed) {
    const std::size_t rows = path.steps + 1;
    state = virgin();
    store(state.strain, curve.strain);
    store(state.stress, curve.stress);
    curve.residual[0] = 0.0;
    curve.converged[0] = true;
    for (std::size_t step = 1; step < rows && proceed(); ++step) {
      const Increment increment = advance(state, path.at(step - 1), path.at(step), settings.cutbacks, following);
      curve.iterations[step] = increment.iterations;
      curve.residual[step] = increment.residual;
      curve.converged[step] = increment.converged;
      if (!finite(following.stress) || !finite(following.strain)) {
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
  static constexpr double nan = std::numeric_limits<double>::quiet_NaN();

  bool linear() override {
    macro += share * macro_step;
    share = 0.0;
    Target rest = goal;
    if (corrects)
      rest.strain -= macro;
    else
      rest.stress -= before->stress;
    rest.strain = rest.kept(rest.strain);
    if (recipe.secant)
      for (const LeafPoint& leaf : leaves) sweeps.law[leaf.node] = leaf.law.secant(leaf.change, leaf.old, leaf.state);
    Row& root = sweeps.node[0];
    if (dense != nullptr) {
      if (!dense->solve(sweeps.law, rest, sweeps.node)) return false;
    } else {
      if (!sweeps.up() || !root_strain(sweeps.law[0], rest, root)) return false;
      sweeps.down();
    }
    macro_step = corrects ? root : root - macro;
    load_work = tree.weight * dot(goal.stress - goal.kept(goal.stress), macro_step);
    return true;
  }

  bool balanced() override {
    Row stress;
    return recipe.paper_criterion && imbalance(stress) <= settings.tolerance;
  }

  void accepted() override {
    if (Row stress; history != nullptr && sound) history->push_back(imbalance(stress));
  }

  // The norm of all traction jumps and of the errors of the prescribed macroscopic stresses, divided by the weighted
  // root mean square of the leaves' stresses. It is infinite where that is not finite. The macroscopic stress is
  // written to `stress`.
  double imbalance(Row& stress) {
    double error = 0.0, square = 0.0;
    for (const LeafPoint& leaf : leaves) {
      sweeps.node[leaf.node] = leaf.stress;
      square += leaf.weight * dot(leaf.stress, leaf.stress);
    }
    stress = tree.average(sweeps.node, error);
    for (int i = 0; i < 6; ++i)
      if (!goal.prescribed[i]) error += (stress[i] - goal.stress[i]) * (stress[i] - goal.stress[i]);
    const double scale = std::sqrt(square / tree.weight);
    if (!std::isfinite(scale)) return std::numeric_limits<double>::infinity();
    return scale > 0.0 ? std::sqrt(error) / scale : 0.0;
  }

  // One increment, in halves where needed; counts the iterations of all its parts.
  Increment advance(const NetworkState& from, const Target& start, Target end, int cutbacks, NetworkState& reached) {
    Increment whole = solve(from, end, reached);
    if (whole.converged || cutbacks == 0) return whole;
    const std::size_t depth = static_cast<std::size_t>(settings.cutbacks - cutbacks);
    if (halves.size() <= depth) halves.push_back(virgin());
    NetworkState& half = halves[depth];
    const Target middle = halfway(start, end);
    const Increment first = advance(from, start, middle, cutbacks - 1, half);
    if (!first.converged) {
      whole.iterations += first.iterations;
      return whole;
    }
    Increment second = advance(half, middle, end, cutbacks - 1, reached);
    second.iterations += whole.iterations + first.iterations;
    return second;
  }

  const Recipe recipe;
  const std::unique_ptr<DenseJumps> dense;
  const NetworkState* before = nullptr;  // the present increment
  Target goal{};                         // of it, with the strain that it adds
  Row macro{}, macro_step{};             // macroscopic strain added before the last step; the step, not shortened
  std::vector<double>* history = nullptr;
  NetworkState state{virgin()}, following{virgin()};
  std::deque<NetworkState> halves;  // states in the middle of halved increments, by depth
};

}  // namespace laminet
