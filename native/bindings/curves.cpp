// Python's view of the loss on curves: checked arrays in, numbers out, no logic.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <optional>

#include "bindings/arrays.hpp"
#include "training/curve_loss.hpp"

namespace {

using Rows36 = Array<const double, -1, -1, 6>;
using Vector = Array<double, -1>;

void losses(const std::string& model, int depth, int phases, Array<const double, -1> parameters,
            const std::vector<laminet::Laws>& composites, Array<const std::int32_t, -1> composite,
            Array<const bool, -1, 6> prescribed, Rows36 strain, Rows36 stress, Rows36 target,
            Array<const std::int32_t, -1> steps, const laminet::Settings& settings, int threads, Vector losses,
            Array<double, -1, -1, 6> predicted, std::optional<Vector> gradient) {
  using laminet::Form;
  laminet::Network network(choice(model, {std::pair{"imn", Form::imn}, {"dmn", Form::reduced}}), depth, phases);
  const std::size_t count = steps.shape(0), most = target.shape(1);
  require(parameters.shape(0) == static_cast<std::size_t>(network.parameter_count()) &&
              (!gradient || gradient->shape(0) == parameters.shape(0)),
          "a vector has not the length of the parameters");
  require_length(count, "arrays must be (curves, ...)", composite, prescribed, strain, stress, target, losses,
                 predicted);
  require(strain.shape(1) == most + 1 && stress.shape(1) == most + 1 && predicted.shape(1) == most,
          "paths must be (curves, steps + 1, 6), targets (curves, steps, 6)");
  std::vector<laminet::TrainingCurve> curves;
  for (std::size_t k = 0; k < count; ++k) {
    require(0 <= composite(k) && static_cast<std::size_t>(composite(k)) < composites.size(), "a composite is unknown");
    require(0 < steps(k) && static_cast<std::size_t>(steps(k)) <= most, "a curve has too many steps, or none");
    const std::size_t place = 6 * k * most, path = 6 * k * (most + 1);
    std::fill_n(predicted.data() + place, 6 * most, std::nan(""));
    curves.push_back(
        {{prescribed.data() + 6 * k, strain.data() + path, stress.data() + path, static_cast<std::size_t>(steps(k))},
         &composites[composite(k)],
         target.data() + place,
         predicted.data() + place});
  }
  nb::gil_scoped_release release;
  laminet::curve_losses(network, parameters.data(), curves, settings, threads, losses.data(),
                        gradient ? gradient->data() : nullptr);
}

}  // namespace

void bind_curves(nb::module_& module) {
  module.def(
      "curve_losses", &losses, "model"_a, "depth"_a, "phases"_a, "parameters"_a, "composites"_a, "composite"_a,
      "prescribed"_a, "strain"_a, "stress"_a, "target"_a, "steps"_a, "settings"_a, "threads"_a, "losses"_a.noconvert(),
      "predicted"_a.noconvert(), "gradient"_a.noconvert() = nb::none(),
      "Relative errors of the predictions of curves, the predicted stresses and, unless it is None, the gradient "
      "of the mean error; written to the arrays.");
}
