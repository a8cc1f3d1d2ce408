// Python's view of user materials: checked arrays in, arrays out, no logic.
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <utility>

#include "bindings/arrays.hpp"
#include "umat/user_material.hpp"

namespace {

using laminet::Outcome;
using laminet::UserMaterial;

class BoundUserMaterial {
 public:
  BoundUserMaterial(const std::string& library, const std::string& symbol, const std::string& name,
                    const std::vector<double>& properties, std::size_t state, double unit, bool symmetric,
                    bool thread_safe, bool rate_dependent)
      : material(std::make_shared<const UserMaterial>(laminet::UserMaterialSettings{
            library, symbol, name, properties, state, unit, symmetric, thread_safe, rate_dependent})) {}

  // The first point whose outcome is not `done`, and why; all points and nothing where there is none.
  std::pair<std::size_t, std::string> update(Array<const double, -1, 6> strain, Array<const double, -1, -1> old,
                                             double duration, Array<double, -1, 6> stress,
                                             Array<double, -1, 6, 6> tangent, Array<double, -1, -1> state) const {
    const std::size_t points = strain.shape(0), size = material->state_size();
    require_length(points, "arrays must be (points, ...)", old, stress, tangent, state);
    require(old.shape(1) == size && state.shape(1) == size, "states must be (points, state_size)");
    nb::gil_scoped_release release;
    for (std::size_t k = 0; k < points; ++k) {
      const Outcome outcome = material->update(strain.data() + 6 * k, old.data() + size * k, duration,
                                               stress.data() + 6 * k, tangent.data() + 36 * k, state.data() + size * k);
      if (outcome == Outcome::ended || outcome == Outcome::overflow) throw laminet::BadInput(material->reason(outcome));
      if (outcome != Outcome::done) return {k, material->reason(outcome)};
    }
    return {points, ""};
  }

  bool reads_beyond() const { return material->reads_beyond(); }
  std::size_t state_size() const { return material->state_size(); }

  // For the law of native code: a pointer to a laminet::External, which lives as long as the capsule.
  nb::capsule external() const {
    return nb::capsule(new laminet::External(laminet::external(material)), "laminet::External",
                       [](void* pointer) noexcept { delete static_cast<laminet::External*>(pointer); });
  }

 private:
  std::shared_ptr<const UserMaterial> material;
};

}  // namespace

NB_MODULE(_umat, module) {
  nb::class_<BoundUserMaterial>(module, "UserMaterial")
      .def(nb::init<const std::string&, const std::string&, const std::string&, const std::vector<double>&, std::size_t,
                    double, bool, bool, bool>(),
           "library"_a, "symbol"_a, "name"_a, "properties"_a, "state"_a, "unit"_a, "symmetric"_a, "thread_safe"_a,
           "rate_dependent"_a)
      .def_prop_ro("state_size", &BoundUserMaterial::state_size)
      .def_prop_ro("external", &BoundUserMaterial::external, "For _native.Law.external.")
      .def("reads_beyond", &BoundUserMaterial::reads_beyond,
           "Whether it needs more properties or state variables than there are.")
      .def("update", &BoundUserMaterial::update, "strain"_a, "old"_a, "duration"_a, "stress"_a.noconvert(),
           "tangent"_a.noconvert(), "state"_a.noconvert(),
           "Updates points until one fails: its number and why, or the number of points and nothing.");
}
