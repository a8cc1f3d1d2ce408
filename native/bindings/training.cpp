// Python's view of training: checked arrays in, numbers out, no logic.
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <cstdint>

#include "bindings/arrays.hpp"
#include "training/trainer.hpp"

namespace {

using Stiffnesses = Array<const double, -1, 6, 6>;
using PhaseStiffnesses = Array<const double, -1, -1, 6, 6>;
using Vector = Array<double, -1>;
using Indices = Array<const std::int64_t, -1>;

laminet::Samples samples(const PhaseStiffnesses& phases, const Stiffnesses& reference) {
  const std::size_t count = reference.shape(0);
  require(count > 0 && phases.shape(0) == count && phases.shape(1) > 0,
          "stiffnesses must be (samples, phases, 6, 6) and (samples, 6, 6), with at least one of each");
  return {phases.data(), reference.data(), count};
}

class BoundTrainer {
 public:
  BoundTrainer(const std::string& form, int depth, PhaseStiffnesses phases, Stiffnesses reference,
               PhaseStiffnesses validation_phases, Stiffnesses validation_reference, const std::string& loss,
               double eta, double xi, int threads)
      : count(reference.shape(0)),
        trainer(choice(form, {std::pair{"imn", Form::imn}, {"literal", Form::literal}, {"reduced", Form::reduced}}),
                checked_depth(depth), static_cast<int>(phases.shape(1)), samples(phases, reference),
                samples(validation_phases, validation_reference),
                choice(loss, {std::pair{"frobenius", Loss::frobenius},
                              {"divergence", Loss::divergence},
                              {"frobenius_voigt", Loss::frobenius_voigt}}),
                eta, xi, std::max(threads, 1)) {
    require(phases.shape(1) == validation_phases.shape(1), "all samples must have the same phases");
  }

  bool epoch(Vector parameters, Vector first_moment, Vector second_moment, std::int64_t steps, double learning_rate,
             Indices order, std::int64_t batch) {
    check(parameters, first_moment, second_moment);
    check_samples(order);
    require(batch >= 1, "batch must be at least 1");
    laminet::Adam adam{parameters.data(), first_moment.data(), second_moment.data(), steps, learning_rate};
    nb::gil_scoped_release release;
    return trainer.epoch(adam, {order.data(), order.shape(0)}, static_cast<std::size_t>(batch));
  }

  std::tuple<double, double, double, double, double, int> evaluate(Vector parameters, bool validation_only) {
    check(parameters);
    nb::gil_scoped_release release;
    const laminet::Report r = trainer.evaluate(parameters.data(), validation_only);
    return {r.train_error, r.validation_error, r.validation_divergence, r.loss, r.validation_loss, r.active_nodes};
  }

  double gradient(Vector parameters, Indices samples, Vector gradient) {
    check(parameters, gradient);
    check_samples(samples);
    nb::gil_scoped_release release;
    return trainer.gradient(parameters.data(), {samples.data(), samples.shape(0)}, gradient.data());
  }

  void homogenize(Vector parameters, Array<double, -1, 6, 6> stiffness) {
    check(parameters);
    require_length(count, "stiffness must be (samples, 6, 6)", stiffness);
    nb::gil_scoped_release release;
    trainer.homogenize(parameters.data(), stiffness.data());
  }

 private:
  using Form = laminet::Form;
  using Loss = laminet::Loss;

  static int checked_depth(int depth) {
    require(1 <= depth && depth <= 16, "depth must lie in 1 ... 16");
    return depth;
  }

  template <class... Vectors>
  void check(const Vectors&... vectors) const {
    require_length(trainer.parameter_count(), "a vector has not the length of the parameters", vectors...);
  }

  void check_samples(const Indices& samples) const {
    require(samples.shape(0) > 0, "no samples");
    for (std::size_t k = 0; k < samples.shape(0); ++k)
      require(0 <= samples(k) && samples(k) < static_cast<std::int64_t>(count), "a sample is out of range");
  }

  std::size_t count;
  laminet::Trainer trainer;
};

}  // namespace

void bind_training(nb::module_& module) {
  nb::class_<BoundTrainer>(module, "Trainer")
      .def(nb::init<const std::string&, int, PhaseStiffnesses, Stiffnesses, PhaseStiffnesses, Stiffnesses,
                    const std::string&, double, double, int>(),
           "form"_a, "depth"_a, "phases"_a, "reference"_a, "validation_phases"_a, "validation_reference"_a, "loss"_a,
           "eta"_a, "xi"_a, "threads"_a)
      .def("epoch", &BoundTrainer::epoch, "parameters"_a.noconvert(), "first_moment"_a.noconvert(),
           "second_moment"_a.noconvert(), "steps"_a, "learning_rate"_a, "order"_a.noconvert(), "batch"_a,
           "One epoch of Adam, in place; False as soon as no leaf is active.")
      .def("evaluate", &BoundTrainer::evaluate, "parameters"_a.noconvert(), "validation_only"_a = false,
           "train_error, validation_error, validation_divergence, loss, validation_loss, active_nodes; "
           "of the training samples NaN if the validation samples alone are wanted.")
      .def("gradient", &BoundTrainer::gradient, "parameters"_a.noconvert(), "samples"_a.noconvert(),
           "gradient"_a.noconvert(), "Loss of some training samples; its gradient is written to `gradient`.")
      .def("homogenize", &BoundTrainer::homogenize, "parameters"_a.noconvert(), "stiffness"_a.noconvert(),
           "Homogenised stiffness of all training samples, written to `stiffness`.");
}
