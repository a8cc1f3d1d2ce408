// Epochs of a training: minibatches, gradients, Adam and the evaluation of all samples, on one or more threads.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "training/loss.hpp"
#include "training/team.hpp"

namespace laminet {

// Samples as arrays, row-major: stiffnesses (n, phases, 6, 6) of the phases and (n, 6, 6) homogenised.
struct Samples {
  const double* phases;
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
  Trainer(Form form, int depth, int phases, Samples train, Samples validation, Loss loss, double eta, double xi,
          int threads);

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
  // What groups of any samples are built from: packed triangles of reference, its inverse and the phases, one scale.
  struct Packed {
    std::vector<double> entries;
    std::size_t count;
  };
  std::size_t per_sample() const { return (2 + phases) * packed_size + 1; }

  Packed pack(const Samples& samples) const;
  void gather(const Packed& packed, const std::int64_t* samples, int count, bool with_inverse,
              SampleGroup& group) const;
  std::vector<SampleGroup> all_groups(const Packed& packed) const;
  void prepare(const double* parameters);
  // Calls work(group index, sweep) for every group, spread over the threads.
  template <class Work>
  void for_groups(std::size_t groups, const Work& work);
  double penalty() const;

  Network network;
  int phases;
  bool aligned;  // all phases: orthotropic in the axes of the data
  Packed train, validation;
  std::vector<SampleGroup> train_groups, validation_groups;
  Loss loss;
  double eta, xi, total_activation = 0.0;
  Team team;
  std::vector<Sweep> sweeps;  // one for each thread
  std::vector<SampleGroup> batch_groups;
  std::vector<Lane> sums;  // of the items' contributions, sample by sample
  std::vector<double> contributions, losses, slope;
};

}  // namespace laminet
