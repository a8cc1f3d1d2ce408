// Epochs of a training: minibatches, gradients, Adam and the evaluation of all samples, on one or more threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "loss.hpp"
#include "team.hpp"

namespace laminet {

// Samples as three arrays (n, 6, 6), row-major: phase 1, phase 2, homogenised.
struct Samples {
  const double* phase_1;
  const double* phase_2;
  const double* reference;
  std::size_t count;
};

// What an epoch reports; see laminet.offline.history.
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

class Trainer {
 public:
  Trainer(Form form, int depth, Samples train, Samples validation, Loss loss, double eta, double xi, int threads);

  int parameter_count() const { return network.parameter_count(); }

  // One step of Adam for each minibatch of `order`; false as soon as no leaf is alive.
  bool epoch(Adam& adam, std::span<const std::int64_t> order, std::size_t batch);

  // Errors and losses at the given parameters, of all samples or of the validation samples alone (the others NaN).
  Report evaluate(const double* parameters, bool validation_only = false);

  // Loss of some training samples, penalty included, and its gradient (parameter_count).
  double gradient(const double* parameters, std::span<const std::int64_t> samples, double* gradient);

  // Homogenised stiffness (count, 6, 6) of all training samples.
  void homogenize(const double* parameters, double* stiffness);

 private:
  struct Packed {  // what groups of any samples are built from: three packed triangles, one inverse, one scale
    std::vector<double> entries;
    std::size_t count;
  };
  static constexpr int per_sample = 4 * packed_size + 1;

  static Packed pack(const Samples& samples);
  void gather(const Packed& packed, const std::int64_t* samples, int count, bool with_inverse,
              Group& group) const;
  std::vector<Group> all_groups(const Packed& packed) const;
  void prepare(const double* parameters);
  // Calls work(group index, sweep) for every group, spread over the threads.
  template <class Work>
  void for_groups(std::size_t groups, const Work& work);
  double penalty() const;

  Network network;
  bool aligned;  // all phases: orthotropic in the axes of the data
  Packed train, validation;
  std::vector<Group> train_groups, validation_groups;
  Loss loss;
  double eta, xi, total_activation = 0.0;
  Team team;
  std::vector<Sweep> sweeps;  // one for each thread
  std::vector<Group> batch_groups;
  std::vector<Lane> sums;  // of the items' contributions, sample by sample
  std::vector<double> contributions, losses, slope;
};

}  // namespace laminet
