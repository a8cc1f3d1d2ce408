// Python's view of the processor and of what the variants of this build need; see laminet/processor.py.
#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>
#include <vector>

#include "processor/features.hpp"

namespace laminet {
#define VARIANT(name) extern const Features needs_##name;
LAMINET_VARIANTS
#undef VARIANT
}  // namespace laminet

namespace {

using Names = std::vector<std::string>;

Names names(const laminet::Features& table, auto&& counts) {
  Names names;
  for (std::size_t k = 0; k < table.count; ++k)
    if (counts(table.first[k])) names.emplace_back(table.first[k].name);
  return names;
}

std::vector<std::pair<std::string, laminet::Features>> tables() {
  return {
#define VARIANT(name) {#name, laminet::needs_##name},
      LAMINET_VARIANTS
#undef VARIANT
  };
}

std::vector<std::pair<std::string, Names>> variants() {
  std::vector<std::pair<std::string, Names>> result;
  for (const auto& [name, table] : tables())
    result.emplace_back(name, names(table, [](const auto& feature) { return feature.needed; }));
  return result;
}

Names features() { return names(tables().front().second, laminet::has); }

}  // namespace

NB_MODULE(_processor, module) {
  module.def("variants", &variants, "Variants of this build, slowest first, and the features that each needs.");
  module.def("features", &features, "Features of this processor, of those that a variant may need.");
}
