#pragma once

#include <nanobind/nanobind.h>

// Adds the online schemes to the module.
void bind_online(nanobind::module_& module);
