// A law that code from elsewhere computes, behind one function: what native code knows of a UMAT.
#pragma once

#include <cstddef>
#include <memory>

namespace laminet {

// How an update of one point ends.
enum class Outcome : int {
  done,
  smaller,     // it asks for a smaller increment
  not_finite,  // it gives a number that is not finite
  ended,       // it wants to end the program
  overflow,    // it writes beyond its state
};

// The state of a point is `state_size` numbers, all zero where it is virgin.
struct External {
  // From the strain (6) at the end of an increment of `duration` seconds and the state at its start to stress (6),
  // tangent (6, 6) and state. Mandel, GPa, in the frame of the material. They are set when the outcome is `done` and
  // not touched otherwise.
  Outcome (*update)(const void* law, const double* strain, const double* old, double duration, double* stress,
                    double* tangent, double* state);
  // What an outcome means, in words.
  const char* (*reason)(const void* law, Outcome outcome);

  std::shared_ptr<const void> law;
  std::size_t state_size;
  bool symmetric;       // the tangent is
  bool rate_dependent;  // otherwise every increment takes a second
};

}  // namespace laminet
