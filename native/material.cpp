#include "material.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <future>

namespace laminet {

namespace {

constexpr std::size_t chunk = 16;  // points that a thread takes at once

}  // namespace

Material::Worker::Worker(const ActiveTree& tree, const Law& phase_1, const Law& phase_2, Settings settings)
    : system(tree, phase_1, phase_2, {.residual = Residual::correction}, settings, {}),
      from(system.leaves()),
      reached(system.leaves()) {}

void Material::Worker::update(const PointUpdate& update, std::size_t point, std::size_t state_size) {
  const double* old_state = update.old_state + point * state_size;
  double* state = update.state + point * state_size;
  from.strain = load(old_state);
  for (std::size_t k = 0; k < system.leaves(); ++k) {
    const double* own = old_state + 6 + 13 * k;
    from.leaf_strain[k] = load(own);
    from.law[k] = load(own + 6) + own[12] * unit_place;
  }
  Rows tangent;
  const bool converged = system.update(from, load(update.strain + 6 * point), reached, tangent).converged;
  update.converged[point] = converged;
  if (!converged) {
    std::fill_n(update.stress + 6 * point, 6, std::nan(""));
    std::fill_n(update.tangent + 36 * point, 36, std::nan(""));
    if (state != old_state) std::copy_n(old_state, state_size, state);
    return;
  }
  store(reached.stress, update.stress + 6 * point);
  for (int i = 0; i < 6; ++i) store(tangent.row[i], update.tangent + 36 * point + 6 * i);
  store(reached.strain, state);
  for (std::size_t k = 0; k < system.leaves(); ++k) {
    store(reached.leaf_strain[k], state + 6 + 13 * k);
    store(reached.law[k], state + 12 + 13 * k, 7);
  }
}

Material::Material(const ActiveTree& tree, const Law& phase_1, const Law& phase_2, Settings settings, int threads) {
  for (int rank = 0; rank < std::max(threads, 1); ++rank)
    workers.push_back(std::make_unique<Worker>(tree, phase_1, phase_2, settings));
}

void Material::update(const PointUpdate& update) {
  std::atomic<std::size_t> next{0};
  const std::size_t size = state_size();
  const auto work = [&](Worker& worker) {
    for (std::size_t first; (first = next.fetch_add(chunk)) < update.points;)
      for (std::size_t point = first; point < std::min(first + chunk, update.points); ++point)
        worker.update(update, point, size);
  };
  std::vector<std::future<void>> others;  // joined when they go
  for (std::size_t rank = 1; rank < std::min(workers.size(), (update.points + chunk - 1) / chunk); ++rank)
    others.push_back(std::async(std::launch::async, work, std::ref(*workers[rank])));
  work(*workers.front());
}

}  // namespace laminet
