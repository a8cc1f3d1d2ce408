// A network as the constitutive law of many material points.
#pragma once

#include <atomic>
#include <cstdio>
#include <mutex>
#include <string>
#include <tuple>

#include "online/system.hpp"
#include "threads.hpp"

namespace laminet {

// Rows of numbers, one for each point.
struct PointUpdate {
  const double* strain;     // (points, 6)
  const double* old_state;  // (points, layout::size)
  double* stress;           // (points, 6)
  double* tangent;          // (points, 6, 6), or null: not wanted
  double* state;            // (points, layout::size), may be old_state
  bool* converged;          // (points,)
  std::size_t points;
  double duration = 0.0;  // of the increment, in seconds
};

// A few points side by side.
class PointGroup {
 public:
  virtual ~PointGroup() = default;

  // Updates the points first ... first + count - 1, at most Group::points. Those that need half the increment are
  // marked as not converged and left alone.
  virtual void update(const PointUpdate& update, std::size_t first, int count) = 0;
};

// `Kind`: Group, or GroupOf<Full> where tangents are not symmetric.
template <class Kind>
class PointGroupOf : public PointGroup, private Newton<Kind> {
  using Newton<Kind>::leaves, Newton<Kind>::sweeps, Newton<Kind>::tree, Newton<Kind>::iterate;
  using Newton<Kind>::attached_size, Newton<Kind>::attached_old, Newton<Kind>::attached;
  using typename Newton<Kind>::LeafPoint;

 public:
  PointGroupOf(const ActiveTree& tree, const Laws& laws, const Settings& settings)
      : Newton<Kind>(tree, leaf_laws(tree, laws), settings) {}

  void update(const PointUpdate& update, std::size_t first, int count) override {
    const std::size_t tail = layout::size(leaves.size()), size = tail + attached_size;
    const double *strain[Group::points], *old[Group::points];
    double* state[Group::points];
    for (int lane = 0; lane < Group::points; ++lane) {  // places beyond the last point repeat it
      const std::size_t point = first + std::min(lane, count - 1);
      strain[lane] = update.strain + layout::strain * point;
      old[lane] = update.old_state + size * point;
      state[lane] = update.state + size * point;
    }
    sweeps.node[0] = Group::gather<6>(strain, 0) - Group::gather<6>(old, 0);
    for (std::size_t k = 0; k < leaves.size(); ++k) {
      leaves[k].start = Group::gather<6>(old, layout::leaf_strain(k));
      leaves[k].old = Group::gather<7>(old, layout::leaf_law(k));
      leaves[k].change = Lanes<6>{};
      leaves[k].law.over(update.duration);
      this->template turn<false>(k, leaves[k].start, leaves[k].old);
    }
    for (int lane = 0; lane < Group::points; ++lane)
      std::copy_n(old[lane] + tail, attached_size, attached_old.begin() + lane * attached_size);
    LaneMask done = iterate();
    for (int lane = count; lane < Group::points; ++lane) done[lane] = 0;
    if (update.tangent != nullptr && any(done)) {
      sweeps.up();
      done &= finite(sweeps.law[0].C);
    }
    Group::scatter(Group::gather<6>(strain, 0), state, 0, done);
    for (std::size_t k = 0; k < leaves.size(); ++k) {
      Lanes<6> leaf_strain = leaves[k].start + leaves[k].change;
      Lanes<7> law = leaves[k].state;
      this->template turn<true>(k, leaf_strain, law);
      Group::scatter(leaf_strain, state, layout::leaf_strain(k), done);
      Group::scatter(law, state, layout::leaf_law(k), done);
    }
    for (int lane = 0; lane < Group::points; ++lane)
      if (done[lane]) std::copy_n(attached.begin() + lane * attached_size, attached_size, state[lane] + tail);
    Lanes<6> stress;
    for (const LeafPoint& leaf : leaves) stress += (leaf.weight / tree.weight) * leaf.stress;
    for (int lane = 0; lane < count; ++lane) {
      const std::size_t point = first + lane;
      update.converged[point] = done[lane] != 0;
      if (!update.converged[point]) continue;
      for (int i = 0; i < 6; ++i) {
        update.stress[6 * point + i] = stress[i][lane];
        if (update.tangent == nullptr) continue;
        for (int j = 0; j < 6; ++j) update.tangent[36 * point + 6 * i + j] = sweeps.law[0].C(i, j)[lane];
      }
    }
  }
};

// Any number of threads may call `update` of one material at the same time.
class Material {
 public:
  Material(const ActiveTree& tree, const Laws& laws, Settings settings) : tree(tree), laws(laws), settings(settings) {
    with_worker([this](const Worker& worker) { size = worker.state_size(); });  // throws where laws and tree do not fit
  }

  Material(const Material&) = delete;

  std::size_t leaves() const { return tree.leaves.size(); }
  bool rate_dependent() const {
    return std::any_of(laws.begin(), laws.end(), [](const Law& law) { return law.rate_dependent(); });
  }
  std::size_t state_size() const { return size; }

  // Stress, algorithmic tangent and new state of all points, shared among `threads` threads. A point that did not
  // converge, to finite numbers, keeps its old state; its stress and tangent are NaN. The numbers do not depend on
  // `threads`: neighbours make a group (point_group.hpp), whoever takes it. A point left over, or one that a group left
  // alone, is solved by NetworkSystem.
  void update(const PointUpdate& update, int threads) const {
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      with_worker([&](Worker& worker) {
        for (std::size_t first; (first = next.fetch_add(chunk)) < update.points;)
          worker.update(update, first, std::min(first + chunk, update.points));
      });
    };
    const std::size_t chunks = (update.points + chunk - 1) / chunk;
    on_threads(std::min<std::size_t>(std::max(threads, 1), chunks), work);
  }

  // How the update of one point fails: residuals of its last part, iteration by iteration. `old_state` is its state
  // before the update.
  std::string failure(const double* strain, const double* old_state, double duration) const {
    NetworkSystem system(tree, laws, {.residual = true}, settings);
    NetworkState from = system.virgin(), reached = from;
    system.read(old_state, from);
    std::vector<double> residuals;
    system.update(from, load(strain), duration, reached, nullptr, &residuals);
    constexpr std::size_t most = 12;
    std::string text = "no equilibrium after " + std::to_string(settings.cutbacks) + " halvings of the increment and " +
                       std::to_string(residuals.size()) + " iterations of its last part";
    if (!residuals.empty()) text += ", relative residuals";
    for (std::size_t k = residuals.size() > most ? residuals.size() - most : 0; k < residuals.size(); ++k) {
      char number[16];
      std::snprintf(number, sizeof number, " %.1e", residuals[k]);
      text += number;
    }
    if (const std::string trouble = system.trouble(); !trouble.empty()) text += "; " + trouble;
    return text;
  }

 private:
  static constexpr std::size_t chunk = 16;  // points that a thread takes at once: whole groups
  static_assert(chunk % Group::points == 0);

  // Memory for one thread.
  class Worker {
   public:
    explicit Worker(const Material& material)
        : system(material.tree, material.laws, {.residual = true}, material.settings),
          group(group_of(material)),
          from(system.virgin()),
          reached(system.virgin()) {}

    std::size_t state_size() const { return system.state_size(); }

    void update(const PointUpdate& update, std::size_t first, std::size_t last) {
      for (; first < last; first += Group::points) {
        const int count = static_cast<int>(std::min<std::size_t>(Group::points, last - first));
        if (count > 1) group->update(update, first, count);
        for (std::size_t point = first; point < first + count; ++point)
          if (count == 1 || !update.converged[point]) solve(update, point);
      }
    }

   private:
    void solve(const PointUpdate& update, std::size_t point) {
      const std::size_t size = system.state_size();
      const double* old_state = update.old_state + point * size;
      double* state = update.state + point * size;
      double* stress = update.stress + 6 * point;
      double* moduli = update.tangent == nullptr ? nullptr : update.tangent + 36 * point;
      system.read(old_state, from);
      Rows tangent;
      const Row strain = load(update.strain + 6 * point);
      const bool converged =
          system.update(from, strain, update.duration, reached, moduli == nullptr ? nullptr : &tangent).converged;
      update.converged[point] = converged;
      if (!converged) {
        if (state != old_state) std::copy_n(old_state, size, state);
        std::fill_n(stress, 6, std::nan(""));
        if (moduli != nullptr) std::fill_n(moduli, 36, std::nan(""));
        return;
      }
      system.write(reached, state);
      store(reached.stress, stress);
      for (int i = 0; moduli != nullptr && i < 6; ++i) store(tangent.row[i], moduli + 6 * i);
    }

    NetworkSystem system;
    static std::unique_ptr<PointGroup> group_of(const Material& material) {
      const auto& [tree, laws, settings] = std::tie(material.tree, material.laws, material.settings);
      if (all_symmetric(laws)) return std::make_unique<PointGroupOf<Group>>(tree, laws, settings);
      return std::make_unique<PointGroupOf<GroupOf<Full>>>(tree, laws, settings);
    }

    std::unique_ptr<PointGroup> group;
    NetworkState from, reached;
  };

  // Calls `work` with memory that no other thread uses meanwhile.
  template <class Work>
  void with_worker(const Work& work) const {
    std::unique_ptr<Worker> worker;
    if (const std::lock_guard lock(guard); !idle.empty()) {
      worker = std::move(idle.back());
      idle.pop_back();
    }
    if (worker == nullptr) worker = std::make_unique<Worker>(*this);
    work(*worker);
    const std::lock_guard lock(guard);
    idle.push_back(std::move(worker));
  }

  ActiveTree tree;
  Laws laws;  // of the phases
  Settings settings;
  std::size_t size = 0;  // of a point's state
  mutable std::mutex guard;
  mutable std::vector<std::unique_ptr<Worker>> idle;
};

}  // namespace laminet
