// What is wrong with an input.
#pragma once

#include <stdexcept>
#include <string>

namespace laminet {

struct BadInput : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

inline void require(bool condition, const char* message) {
  if (!condition) throw BadInput(message);
}
inline void require(bool condition, const std::string& message) { require(condition, message.c_str()); }

}  // namespace laminet
