// A compiled user material of Abaqus (UMAT), called point by point.
#pragma once

#include <cmath>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "laws/external.hpp"

namespace laminet {

// A loaded library; UMATs that may not run side by side share its lock.
struct Library {
  void* handle;
  std::mutex busy;
};

struct UserMaterialSettings {
  std::string library, symbol;  // a path, the function
  std::string name;             // CMNAME
  std::vector<double> properties;
  std::size_t state;  // state variables
  double unit;        // of its stresses, in GPa
  bool symmetric;     // DDSDDE is symmetric: its symmetric part is taken
  bool thread_safe;
  bool rate_dependent;  // it reads DTIME
};

// The state of a point: the state variables, then stress and strain (6 each, Mandel, GPa) after the last increment, the
// time, and the number of increments.
class UserMaterial {
 public:
  // Loads the library. Throws BadInput where it does not load or lacks the symbol.
  explicit UserMaterial(UserMaterialSettings given);

  std::size_t state_size() const { return settings.state + others; }
  bool symmetric() const { return settings.symmetric; }
  bool rate_dependent() const { return settings.rate_dependent; }

  // See External::update.
  Outcome update(const double* strain, const double* old, double duration, double* stress, double* tangent,
                 double* state) const {
    return update(strain, old, duration, stress, tangent, state, std::nan(""));
  }

  // Whether an update depends on what stands behind its properties or state variables: there must be more of them.
  bool reads_beyond() const;

  // What an outcome means; of `ended` with the last message of the UMAT on this thread.
  const char* reason(Outcome outcome) const;

 private:
  static constexpr std::size_t others = 14;

  // With `filling` behind the properties and the state variables.
  Outcome update(const double* strain, const double* old, double duration, double* stress, double* tangent,
                 double* state, double filling) const;

  UserMaterialSettings settings;
  std::shared_ptr<Library> library;
  void (*function)();
};

External external(std::shared_ptr<const UserMaterial> material);

}  // namespace laminet
