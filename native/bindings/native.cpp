#include "bindings/arrays.hpp"

NB_MODULE(LAMINET_MODULE, module) {
  bind_training(module);
  bind_online(module);
  bind_curves(module);
  module.attr("build") = LAMINET_BUILD;
}
