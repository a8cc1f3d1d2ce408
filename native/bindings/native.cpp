#include "bindings/arrays.hpp"

NB_MODULE(_native, module) {
  bind_training(module);
  bind_online(module);
  module.attr("build") = LAMINET_BUILD;
}
