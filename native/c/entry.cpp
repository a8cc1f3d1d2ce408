// Where programs enter the library: compiled for any processor, it refuses one that cannot run the kernels. Functions
// of a law need no such check, because there is no law then.
#include <cstdio>

#include "c/kernels.hpp"
#include "processor/features.hpp"

namespace laminet {
extern const Features needs_library;
}

namespace {

// What to tell the user where this processor lacks instructions; NULL where it lacks none.
const char* refusal() {
  static char text[500];
  static const bool refused = [] {
    char names[300];
    if (!laminet::lacks(laminet::needs_library, names, sizeof names)) return false;
    std::snprintf(text, sizeof text,
                  "laminet was compiled for another processor: this one lacks %s; install laminet here again", names);
    return true;
  }();
  return refused ? text : nullptr;
}

bool usable() { return refusal() == nullptr; }

}  // namespace

extern "C" {

laminet_settings laminet_default_settings(void) { return {1e-6, 200, 6}; }

laminet_status laminet_law_read(const char* path, const laminet_settings* settings, laminet_law** law) {
  return usable() ? laminet::c::law_read(path, settings, law) : LAMINET_FAULT;
}

laminet_status laminet_law_create(const laminet_network* network, size_t phases, const laminet_phase* phase,
                                  const laminet_settings* settings, laminet_law** law) {
  return usable() ? laminet::c::law_create(network, phases, phase, settings, law) : LAMINET_FAULT;
}

laminet_status laminet_update_over(const laminet_law* law, size_t points, double duration, const double* strain,
                                   const double* old_state, double* stress, double* tangent, double* state,
                                   int threads) {
  return usable() ? laminet::c::update(law, points, duration, strain, old_state, stress, tangent, state, threads)
                  : LAMINET_FAULT;
}

laminet_status laminet_update(const laminet_law* law, size_t points, const double* strain, const double* old_state,
                              double* stress, double* tangent, double* state, int threads) {
  return usable() ? laminet::c::update(law, points, {}, strain, old_state, stress, tangent, state, threads)
                  : LAMINET_FAULT;
}

const char* laminet_message(void) { return usable() ? laminet::c::last_message() : refusal(); }

const char* laminet_version(void) { return LAMINET_VERSION; }

}  // extern "C"
