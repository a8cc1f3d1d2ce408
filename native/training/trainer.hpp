// Epochs of a training: minibatches, gradients, Adam and the evaluation of all samples, on one or more threads.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

#include "lane/functions.hpp"
#include "training/loss.hpp"
#include "training/team.hpp"

namespace laminet {

// Samples as arrays, row-major: stiffnesses (n, phases, 6, 6) of the phases and (n, 6, 6) homogenised.
struct Samples {
  const double* phases;
  const double* reference;
  std::size_t count;
};

// What an epoch reports; see laminet.files.history.
struct Report {
  double train_error, validation_error, validation_divergence, loss, validation_loss;
  int active_nodes;
};

struct Adam {
  double* parameters;
  double* first_moment;
  double* second_moment;
  std::int64_t steps;
  double learning_rate;
};

// Whether all phases are orthotropic and aligned with the axes: what is then left out is exactly zero.
inline bool all_aligned(const Samples& samples, int phases) {
  for (std::size_t k = 0; k < samples.count * phases; ++k)
    for (int i = 0; i < 6; ++i)
      for (int j = 0; j < 6; ++j)
        if (!has(Pattern::aligned, i, j) && samples.phases[36 * k + 6 * i + j] != 0.0) return false;
  return true;
}

class Trainer {
 public:
  Trainer(Form form, int depth, int phases, Samples train, Samples validation, Loss loss, double eta, double xi,
          int threads)
      : network(form, depth, phases),
        phases(phases),
        aligned(all_aligned(train, phases) && all_aligned(validation, phases)),
        train_count(train.count),
        validation_count(validation.count),
        loss(loss),
        eta(eta),
        xi(xi),
        team(threads),
        sweeps(threads),
        slope(network.parameter_count()) {
    pack(train);
    pack(validation);
    add_groups(0, train_count);
    train_groups = groups.size();
    add_groups(train_count, validation_count);
  }

  int parameter_count() const { return network.parameter_count(); }

  // One step of Adam for each minibatch of `order`; false as soon as no leaf is active.
  bool epoch(Adam& adam, std::span<const std::int64_t> order, std::size_t batch) {
    constexpr double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-8;  // PyTorch's defaults
    constexpr double least_moment = 1e-200;
    const std::size_t count = slope.size();
    for (std::size_t start = 0; start < order.size(); start += batch) {
      gradient(adam.parameters, order.subspan(start, std::min(batch, order.size() - start)), slope.data());
      if (network.items().empty()) return false;
      ++adam.steps;
      const double steps = static_cast<double>(adam.steps);
      const double rate = adam.learning_rate / (1.0 - std::pow(beta_1, steps));
      const double scale = std::sqrt(1.0 - std::pow(beta_2, steps));
      const auto move = [&](std::size_t first, auto size) {
        const Lane g = load(&slope[first], size);
        Lane m = load(adam.first_moment + first, size), v = load(adam.second_moment + first, size);
        m += (1.0 - beta_1) * (g - m);
        // What fades away for want of a gradient ends before it is subnormal: those numbers are a hundred times slower.
        m = select(absolute(m) < least_moment, Lane{}, m);
        v = beta_2 * v + (1.0 - beta_2) * g * g;
        store(m, adam.first_moment + first, size);
        store(v, adam.second_moment + first, size);
        if (sum(absolute(m)) == 0.0) return;  // most parameters of a pruned network rest
        const Lane step = rate * scale * m / (square_root(v) + scale * epsilon);
        store(load(adam.parameters + first, size) - step, adam.parameters + first, size);
      };
      constexpr std::size_t block = width;
      std::size_t first = 0;
      for (; first + block <= count; first += block) move(first, std::integral_constant<std::size_t, block>{});
      if (first < count) move(first, count - first);
    }
    return true;
  }

  // Errors and losses at the given parameters, of all samples or of the validation samples alone (the others NaN).
  Report evaluate(const double* parameters, bool validation_only = false) {
    prepare(parameters);
    Report report{std::nan(""), std::nan(""), std::nan(""), std::nan(""), std::nan(""), network.living_leaves()};
    if (network.items().empty()) return report;
    const std::size_t skipped = validation_only ? train_groups : 0;
    std::vector<double> error(groups.size()), value(groups.size()), distance(groups.size());
    for_groups(groups.size() - skipped, [&](std::size_t number, Sweep& sweep) {
      const std::size_t g = skipped + number;
      const SampleGroup& group = groups[g];
      const Symmetric& predicted = sweep.forward<false>(network, group);
      const Lane squared = squared_error(predicted, group);
      for (int lane = 0; lane < width; ++lane)
        if (group.weight[lane] > 0) error[g] += std::sqrt(squared[lane]);
      const Lane term = loss == Loss::frobenius ? 0.5 * squared : loss_value(loss, predicted, group);
      value[g] = sum(group.weight * term);
      if (g >= train_groups) distance[g] = sum(group.weight * divergence(predicted, group));
    });
    const auto mean = [&](const std::vector<double>& of, std::size_t from, std::size_t to, std::size_t count) {
      return std::accumulate(of.begin() + from, of.begin() + to, 0.0) / static_cast<double>(count);
    };
    report.validation_error = mean(error, train_groups, groups.size(), validation_count);
    report.validation_divergence = mean(distance, train_groups, groups.size(), validation_count);
    report.validation_loss = mean(value, train_groups, groups.size(), validation_count) + penalty();
    if (!validation_only) {
      report.train_error = mean(error, 0, train_groups, train_count);
      report.loss = mean(value, 0, train_groups, train_count) + penalty();
    }
    return report;
  }

  // Loss of some training samples, penalty included, and its gradient (parameter_count).
  double gradient(const double* parameters, std::span<const std::int64_t> samples, double* gradient) {
    prepare(parameters);
    if (network.items().empty()) return std::nan("");
    const std::size_t groups = (samples.size() + width - 1) / width;
    const std::size_t size = network.items().size() * Network::contribution_size;
    if (batch_groups.size() < groups) batch_groups.resize(groups);
    // Every group has its own sums. If a single thread takes the groups in turn, each adds to the sums of those before
    // it. The order of the additions is the same, so the result does not depend on the number of threads.
    const bool shared = sweeps.size() == 1;
    sums.assign((shared ? 1 : groups) * size, Lane{});
    losses.assign(groups, 0.0);
    const double share = 1.0 / static_cast<double>(samples.size());
    for_groups(groups, [&](std::size_t g, Sweep& sweep) {
      const std::size_t start = g * width;
      SampleGroup& group = batch_groups[g];
      gather(samples.subspan(start, std::min<std::size_t>(width, samples.size() - start)), loss != Loss::frobenius,
             group);
      const Symmetric& predicted = sweep.forward<true>(network, group);
      const Lane scale = share * group.weight;
      losses[g] = sum(scale * loss_value(loss, predicted, group));
      sweep.backward(network, loss_cotangent(loss, predicted, group, scale), &sums[shared ? 0 : g * size]);
    });
    double value = losses[0];
    for (std::size_t g = 1; g < groups; ++g) {
      value += losses[g];
      if (!shared)
        for (std::size_t k = 0; k < size; ++k) sums[k] += sums[g * size + k];
    }
    contributions.resize(size);
    for (std::size_t k = 0; k < size; ++k) contributions[k] = sum(sums[k]);
    network.gradient(parameters, contributions, eta, xi, gradient);
    return value + penalty();
  }

  // Homogenised stiffness (count, 6, 6) of all training samples.
  void homogenize(const double* parameters, double* stiffness) {
    prepare(parameters);
    if (network.items().empty()) {
      std::fill_n(stiffness, 36 * train_count, std::nan(""));
      return;
    }
    for_groups(train_groups, [&](std::size_t g, Sweep& sweep) {
      const Symmetric& predicted = sweep.forward<false>(network, groups[g]);
      for (int lane = 0; lane < width && g * width + lane < train_count; ++lane)
        for (int i = 0; i < 6; ++i)
          for (int j = 0; j < 6; ++j) stiffness[36 * (g * width + lane) + 6 * i + j] = predicted(i, j)[lane];
    });
  }

 private:
  // Of one sample: packed triangles of reference, its inverse and the phases, one scale.
  std::size_t per_sample() const { return (2 + phases) * packed_size + 1; }

  void pack(const Samples& samples) {
    const auto triangle = [](const double* from, double* to) {
      for (int i = 0; i < 6; ++i)
        for (int j = i; j < 6; ++j) to[packed(i, j)] = 0.5 * (from[6 * i + j] + from[6 * j + i]);
    };
    for (std::size_t n = 0; n < samples.count; ++n) {
      entries.resize(entries.size() + per_sample());
      double* to = entries.data() + entries.size() - per_sample();
      triangle(samples.reference + 36 * n, to);
      Symmetric reference;
      for (int k = 0; k < packed_size; ++k) reference.entry[k] = broadcast(to[k]);
      const Symmetric inverted = inverse(reference);
      for (int k = 0; k < packed_size; ++k) to[packed_size + k] = inverted.entry[k][0];
      for (int phase = 0; phase < phases; ++phase)
        triangle(samples.phases + 36 * (n * phases + phase), to + (2 + phase) * packed_size);
      to[(2 + phases) * packed_size] = 1.0 / contract(reference, reference)[0];
    }
  }

  void gather(std::span<const std::int64_t> samples, bool with_inverse, SampleGroup& group) const {
    // Lanes beyond the last sample repeat it, so that they stay finite, and weigh nothing.
    const double* from[width];
    for (int lane = 0; lane < width; ++lane) {
      from[lane] = &entries[samples[std::min<std::size_t>(lane, samples.size() - 1)] * per_sample()];
      group.weight[lane] = static_cast<std::size_t>(lane) < samples.size() ? 1.0 : 0.0;
    }
    const auto entry = [&](int k) {
      Lane result{};
      for (int lane = 0; lane < width; ++lane) result[lane] = from[lane][k];
      return result;
    };
    group.phase.resize(phases);
    group.aligned.resize(phases);
    for (int i = 0; i < 6; ++i)
      for (int j = i; j < 6; ++j) {
        const int k = packed(i, j);
        group.reference.entry[k] = entry(k);
        if (with_inverse) group.reference_inverse.entry[k] = entry(packed_size + k);
        const bool zero = aligned && !has(Pattern::aligned, i, j);
        for (int phase = 0; phase < phases; ++phase)
          group.phase[phase].entry[k] = zero ? Lane{} : entry((2 + phase) * packed_size + k);
      }
    group.scale = entry((2 + phases) * packed_size);
    for (int phase = 0; phase < phases; ++phase) group.aligned[phase] = Orthotropic(group.phase[phase]);
  }

  void add_groups(std::size_t first, std::size_t count) {
    std::vector<std::int64_t> samples(count);
    std::iota(samples.begin(), samples.end(), static_cast<std::int64_t>(first));
    for (std::size_t start = 0; start < count; start += width)
      gather(std::span(samples).subspan(start, std::min<std::size_t>(width, count - start)), true,
             groups.emplace_back());
  }

  void prepare(const double* parameters) {
    network.prepare(parameters);
    total_activation = 0.0;
    for (int leaf = 0; leaf < network.leaves; ++leaf) total_activation += std::max(parameters[leaf], 0.0);
    for (auto& sweep : sweeps) sweep.prepare(network, aligned);
  }

  // Calls work(group index, sweep) for every group, spread over the threads.
  template <class Work>
  void for_groups(std::size_t groups, const Work& work) {
    team.run([&](int rank) {
      for (std::size_t g = rank; g < groups; g += sweeps.size()) work(g, sweeps[rank]);
    });
  }

  double penalty() const { return eta * (total_activation - xi) * (total_activation - xi); }

  Network network;
  int phases;
  bool aligned;                               // all phases: orthotropic in the axes of the data
  std::size_t train_count, validation_count;  // samples
  std::vector<double> entries;                // of all samples, those of the training first
  std::vector<SampleGroup> groups;            // the same
  std::size_t train_groups = 0;
  Loss loss;
  double eta, xi, total_activation = 0.0;
  Team team;
  std::vector<Sweep> sweeps;  // one for each thread
  std::vector<SampleGroup> batch_groups;
  std::vector<Lane> sums;  // of the items' contributions, sample by sample
  std::vector<double> contributions, losses, slope;
};

}  // namespace laminet
