// The parts of the module `_native`.
#pragma once

#include "bindings/arrays.hpp"

void bind_training(nb::module_& module);
void bind_online(nb::module_& module);
