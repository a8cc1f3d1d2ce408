// The part of the C interface that needs the kernels: no exception leaves it, no logic of its own.
#include <algorithm>
#include <cfenv>
#include <memory>
#include <new>
#include <span>

#include "c/kernels.hpp"
#include "online/description.hpp"
#include "online/material.hpp"

struct laminet_law {
  laminet::Material material;
};

namespace {

using laminet::BadInput;
using laminet::require;

thread_local std::string message;

laminet_status failed(laminet_status status, const char* what) noexcept {
  try {
    message = what;
  } catch (...) {
    message.clear();
  }
  return status;
}

// Floating-point exceptions do not stop the program: hosts may trap them, diverging iterates raise them.
class Untrapped {
 public:
  Untrapped() { std::feholdexcept(&environment); }
  ~Untrapped() { std::fesetenv(&environment); }
  Untrapped(const Untrapped&) = delete;

 private:
  std::fenv_t environment;
};

// Status of a function that may throw.
template <class Function>
laminet_status guarded(const Function& function) noexcept {
  const Untrapped untrapped;
  message.clear();
  try {
    return function();
  } catch (const BadInput& error) {
    return failed(LAMINET_BAD_INPUT, error.what());
  } catch (const std::bad_alloc&) {
    return failed(LAMINET_NO_MEMORY, "not enough memory");
  } catch (const std::exception& error) {
    return failed(LAMINET_FAULT, error.what());
  } catch (...) {
    return failed(LAMINET_FAULT, "an unknown fault");
  }
}

// Throws where a number of `points` rows of `size` is not finite.
void require_finite(const double* rows, size_t points, size_t size, const char* name, const char* remedy) {
  for (size_t point = 0; point < points; ++point, rows += size) {
    if (!laminet::finite(rows, size))
      throw BadInput(std::string("the ") + name + " of point " + std::to_string(point) +
                     " holds a number that is not finite" + remedy);
  }
}

laminet_law* made(const laminet::ActiveTree& tree, const laminet::Laws& laws, const laminet_settings* settings) {
  const laminet_settings given = settings == nullptr ? laminet_default_settings() : *settings;
  require(0.0 < given.tolerance && given.tolerance < 1.0, "tolerance must lie between 0 and 1");
  require(1 <= given.max_iterations && given.max_iterations <= 1000000, "max_iterations must lie in 1 ... 1000000");
  require(0 <= given.halvings && given.halvings <= 50, "halvings must lie in 0 ... 50");
  return new laminet_law{{tree, laws, {given.tolerance, given.max_iterations, given.halvings}}};
}

}  // namespace

namespace laminet::c {

laminet_status law_read(const char* path, const laminet_settings* settings, laminet_law** law) {
  return guarded([&] {
    require(path != nullptr && law != nullptr, "path and law must not be NULL");
    try {
      const auto [tree, laws] = laminet::Reader(path).read();
      *law = made(tree, laws, settings);
    } catch (const BadInput& error) {
      const std::string what = error.what();
      throw BadInput(what.starts_with(path) ? what : std::string(path) + ": " + what);
    }
    return LAMINET_OK;
  });
}

laminet_status law_create(const laminet_network* network, size_t phases, const laminet_phase* phase,
                          const laminet_settings* settings, laminet_law** law) {
  return guarded([&] {
    require(network != nullptr && phase != nullptr && law != nullptr, "network, phase and law must not be NULL");
    require(network->leaf != nullptr && network->phase != nullptr && network->weight != nullptr,
            "leaf, phase and weight of a network must not be NULL");
    require(network->leaves <= 1 || (network->parent != nullptr && network->first != nullptr &&
                                     network->second != nullptr && network->normal != nullptr),
            "parent, first, second and normal of a network must not be NULL");
    laminet::Laws laws;
    for (const laminet_phase& one : std::span(phase, phases)) {
      require(one.law != nullptr && one.constants != nullptr, "law and constants of a phase must not be NULL");
      laws.emplace_back(one.law, std::vector<double>(one.constants, one.constants + one.count));
    }
    *law = made(laminet::active_tree(*network), laws, settings);
    return LAMINET_OK;
  });
}

laminet_status update(const laminet_law* law, size_t points, std::optional<double> duration, const double* strain,
                      const double* old_state, double* stress, double* tangent, double* state, int threads) {
  return guarded([&] {
    require(law != nullptr, "law must not be NULL");
    require(duration.has_value() || !law->material.rate_dependent(),
            "a law of a phase depends on time; call laminet_update_over with the seconds of the increment");
    const double seconds = duration.value_or(0.0);
    require(laminet::finite(seconds) && seconds >= 0.0, "duration must be a number of seconds, 0 or more");
    require(threads >= 1, "threads must be at least 1");
    if (points == 0) return LAMINET_OK;
    require(strain != nullptr && old_state != nullptr && stress != nullptr && state != nullptr,
            "strain, old_state, stress and state must not be NULL");
    require_finite(strain, points, 6, "strain", "; take a smaller increment");
    require_finite(old_state, points, law->material.state_size(), "state",
                   "; a virgin point's state is zeros, any other one that an update gave");
    const auto converged = std::make_unique<bool[]>(points);
    law->material.update({strain, old_state, stress, tangent, state, converged.get(), points, seconds}, threads);
    const std::span done(converged.get(), points);
    const auto failures = std::ranges::count(done, false);
    if (failures == 0) return LAMINET_OK;
    const auto first = std::ranges::find(done, false) - done.begin();
    message = std::to_string(failures) + " of " + std::to_string(points) + " points failed; point " +
              std::to_string(first) + ": " +  // its state is still the old one
              law->material.failure(strain + 6 * first, state + law->material.state_size() * first, seconds) +
              "; take a smaller increment";
    return LAMINET_NOT_CONVERGED;
  });
}

const char* last_message() { return message.c_str(); }

}  // namespace laminet::c

extern "C" {

void laminet_law_destroy(laminet_law* law) { delete law; }

size_t laminet_state_size(const laminet_law* law) { return law == nullptr ? 0 : law->material.state_size(); }

int laminet_rate_dependent(const laminet_law* law) { return law != nullptr && law->material.rate_dependent(); }

size_t laminet_leaves(const laminet_law* law) { return law == nullptr ? 0 : law->material.leaves(); }

}  // extern "C"
