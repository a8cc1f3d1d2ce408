// Functions of the C interface that run kernels, and so may hold any instruction that the library was compiled for.
#pragma once

#include <optional>

#include "c/laminet.h"

namespace laminet::c {

laminet_status law_read(const char* path, const laminet_settings* settings, laminet_law** law);
laminet_status law_create(const laminet_network* network, size_t phases, const laminet_phase* phase,
                          const laminet_settings* settings, laminet_law** law);
laminet_status update(const laminet_law* law, size_t points, std::optional<double> duration, const double* strain,
                      const double* old_state, double* stress, double* tangent, double* state, int threads);
const char* last_message();

}  // namespace laminet::c
