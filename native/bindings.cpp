// Python's view of the native code: checked arrays in, numbers out, no logic. Arrays that are written must not be
// converted on the way in (noconvert): the caller would never see the result.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <stdexcept>

#include "online_bindings.hpp"
#include "trainer.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

template <class Scalar, std::size_t dimensions>
using Array = nb::ndarray<Scalar, nb::ndim<dimensions>, nb::c_contig, nb::device::cpu>;
using Stiffnesses = Array<const double, 3>;
using Vector = Array<double, 1>;
using Samples = Array<const std::int64_t, 1>;

laminet::Samples samples(const Stiffnesses& phase_1, const Stiffnesses& phase_2, const Stiffnesses& reference) {
  for (const auto* array : {&phase_1, &phase_2, &reference})
    if (array->shape(0) != reference.shape(0) || array->shape(1) != 6 || array->shape(2) != 6 || array->shape(0) == 0)
      throw std::invalid_argument("stiffnesses must all be (samples, 6, 6) with at least one sample");
  return {phase_1.data(), phase_2.data(), reference.data(), reference.shape(0)};
}

class BoundTrainer {
 public:
  BoundTrainer(const std::string& form, int depth, Stiffnesses phase_1, Stiffnesses phase_2, Stiffnesses reference,
               Stiffnesses validation_1, Stiffnesses validation_2, Stiffnesses validation_reference,
               const std::string& loss, double eta, double xi, int threads)
      : count(reference.shape(0)),
        trainer(form_of(form), checked_depth(depth), samples(phase_1, phase_2, reference),
                samples(validation_1, validation_2, validation_reference), loss_of(loss), eta, xi,
                threads < 1 ? 1 : threads) {}

  bool epoch(Vector parameters, Vector first_moment, Vector second_moment, std::int64_t steps, double learning_rate,
             Samples order, std::int64_t batch) {
    check(parameters);
    check(first_moment);
    check(second_moment);
    check(order);
    if (batch < 1) throw std::invalid_argument("batch must be at least 1");
    laminet::Adam adam{parameters.data(), first_moment.data(), second_moment.data(), steps, learning_rate};
    nb::gil_scoped_release release;
    return trainer.epoch(adam, {order.data(), order.shape(0)}, static_cast<std::size_t>(batch));
  }

  nb::tuple evaluate(Vector parameters, bool validation_only) {
    check(parameters);
    laminet::Report r;
    {
      nb::gil_scoped_release release;
      r = trainer.evaluate(parameters.data(), validation_only);
    }
    return nb::make_tuple(r.train_error, r.validation_error, r.validation_divergence, r.loss, r.validation_loss,
                          r.active_nodes);
  }

  double gradient(Vector parameters, Samples chosen, Vector gradient) {
    check(parameters);
    check(gradient);
    check(chosen);
    nb::gil_scoped_release release;
    return trainer.gradient(parameters.data(), {chosen.data(), chosen.shape(0)}, gradient.data());
  }

  void homogenize(Vector parameters, Array<double, 3> stiffness) {
    check(parameters);
    if (stiffness.shape(0) != count || stiffness.shape(1) != 6 || stiffness.shape(2) != 6)
      throw std::invalid_argument("stiffness must be (samples, 6, 6)");
    nb::gil_scoped_release release;
    trainer.homogenize(parameters.data(), stiffness.data());
  }

 private:
  static int checked_depth(int depth) {
    if (depth < 1 || depth > 16) throw std::invalid_argument("depth must lie in 1 ... 16");
    return depth;
  }

  static laminet::Form form_of(const std::string& name) {
    if (name == "imn") return laminet::Form::imn;
    if (name == "literal") return laminet::Form::literal;
    if (name == "reduced") return laminet::Form::reduced;
    throw std::invalid_argument("form must be imn, literal or reduced");
  }

  static laminet::Loss loss_of(const std::string& name) {
    if (name == "frobenius") return laminet::Loss::frobenius;
    if (name == "divergence") return laminet::Loss::divergence;
    if (name == "frobenius_both") return laminet::Loss::frobenius_both;
    if (name == "frobenius_voigt") return laminet::Loss::frobenius_voigt;
    throw std::invalid_argument("loss must be frobenius, divergence, frobenius_both or frobenius_voigt");
  }

  void check(const Vector& vector) const {
    if (vector.shape(0) != static_cast<std::size_t>(trainer.parameter_count()))
      throw std::invalid_argument("a vector has not the length of the parameters");
  }

  void check(const Samples& chosen) const {
    if (chosen.shape(0) == 0) throw std::invalid_argument("no samples");
    for (std::size_t k = 0; k < chosen.shape(0); ++k)
      if (chosen.data()[k] < 0 || chosen.data()[k] >= static_cast<std::int64_t>(count))
        throw std::invalid_argument("a sample is out of range");
  }

  std::size_t count;
  laminet::Trainer trainer;
};

}  // namespace

NB_MODULE(_native, module) {
  nb::class_<BoundTrainer>(module, "Trainer")
      .def(nb::init<const std::string&, int, Stiffnesses, Stiffnesses, Stiffnesses, Stiffnesses, Stiffnesses,
                    Stiffnesses, const std::string&, double, double, int>(),
           "form"_a, "depth"_a, "phase_1"_a, "phase_2"_a, "reference"_a, "validation_1"_a, "validation_2"_a,
           "validation_reference"_a, "loss"_a, "eta"_a, "xi"_a, "threads"_a)
      .def("epoch", &BoundTrainer::epoch, "parameters"_a.noconvert(), "first_moment"_a.noconvert(), "second_moment"_a.noconvert(), "steps"_a, "learning_rate"_a,
           "order"_a.noconvert(), "batch"_a, "One epoch of Adam, in place; False as soon as no leaf is alive.")
      .def("evaluate", &BoundTrainer::evaluate, "parameters"_a.noconvert(), "validation_only"_a = false,
           "train_error, validation_error, validation_divergence, loss, validation_loss, active_nodes; "
           "of the training samples NaN if the validation samples alone are wanted.")
      .def("gradient", &BoundTrainer::gradient, "parameters"_a.noconvert(), "samples"_a.noconvert(), "gradient"_a.noconvert(),
           "Loss of some training samples; its gradient is written to `gradient`.")
      .def("homogenize", &BoundTrainer::homogenize, "parameters"_a.noconvert(), "stiffness"_a.noconvert(),
           "Homogenised stiffness of all training samples, written to `stiffness`.");
  bind_online(module);
  module.attr("build") = LAMINET_BUILD;
}
