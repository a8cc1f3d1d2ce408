#include "umat/user_material.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "errors.hpp"
#include "umat/host.hpp"

namespace laminet {

namespace {

// The UMAT, as Fortran compilers pass arguments; the length of CMNAME comes last.
using Umat = void (*)(double* stress, double* statev, double* ddsdde, double* sse, double* spd, double* scd,
                      double* rpl, double* ddsddt, double* drplde, double* drpldt, double* stran, double* dstran,
                      double* time, double* dtime, double* temp, double* dtemp, double* predef, double* dpred,
                      char* cmname, int* ndi, int* nshr, int* ntens, int* nstatv, double* props, int* nprops,
                      double* coords, double* drot, double* pnewdt, double* celent, double* dfgrd0, double* dfgrd1,
                      int* noel, int* npt, int* layer, int* kspt, int* kstep, int* kinc, std::size_t cmname_length);

constexpr int place[6] = {0, 1, 2, 5, 4, 3};  // of Abaqus' components 11, 22, 33, 12, 13, 23 in Mandel vectors
const double root = std::sqrt(2.0);
const double factor[6] = {1.0, 1.0, 1.0, root, root, root};  // engineering strain = factor Mandel's

#if defined(RTLD_DEEPBIND) && !defined(__SANITIZE_ADDRESS__)
constexpr int own_symbols_first =
    RTLD_DEEPBIND;  // a helper of the library may have the name of one of Abaqus' routines
#else
constexpr int own_symbols_first = 0;
#endif

constexpr std::size_t name_length = 80;
constexpr std::size_t watched = 64, guard = 1024;  // numbers behind state and properties: looked at, and there

// What a UMAT may write, so that a copy is what it gets. Behind state and properties stands a filling, so that one that
// writes beyond them destroys nothing.
struct Workspace {
  std::vector<double> state, properties;
};

Workspace& workspace(std::size_t state, std::size_t properties, double filling) {
  static thread_local Workspace space;
  for (auto& [numbers, size] : {std::pair{&space.state, state}, {&space.properties, properties}})
    if (numbers->size() != size + guard)
      numbers->assign(size + guard, filling);
    else
      std::fill_n(numbers->begin() + size, watched, filling);
  return space;
}

std::shared_ptr<Library> loaded(const std::string& path) {
  static std::mutex guard_of_all;
  static std::map<std::string, std::weak_ptr<Library>> all;
  const std::lock_guard lock(guard_of_all);
  if (const auto known = all[path].lock()) return known;
  Dl_info here;  // symbols of Abaqus' routines, for the library to find
  if (dladdr(reinterpret_cast<void*>(&external), &here) != 0)
    dlopen(here.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL);
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | own_symbols_first);
  if (handle == nullptr) {
    std::string why = dlerror();
    if (why.starts_with(path + ": ")) why.erase(0, path.size() + 2);
    throw BadInput("it does not load (" + why + "); compile it again with -shared -fPIC and all that it needs");
  }
  const auto library = std::shared_ptr<Library>(new Library{handle, {}});  // never unloaded: Fortran's may not be
  all[path] = library;
  return library;
}

}  // namespace

UserMaterial::UserMaterial(UserMaterialSettings given) : settings(std::move(given)), library(loaded(settings.library)) {
  void* symbol = dlsym(library->handle, settings.symbol.c_str());
  require(symbol != nullptr, "it has no symbol " + settings.symbol + "; those that it has are listed by nm -D");
  function = reinterpret_cast<void (*)()>(symbol);
}

Outcome UserMaterial::update(const double* strain, const double* old, double duration, double* stress_out,
                             double* tangent, double* state_out, double filling) const {
  const std::size_t n = settings.state;
  const double *old_stress = old + n, *old_strain = old_stress + 6, *clock = old_strain + 6;
  Workspace& space = workspace(n, settings.properties.size(), filling);
  std::copy_n(old, n, space.state.begin());
  std::copy(settings.properties.begin(), settings.properties.end(), space.properties.begin());
  double stress[6], stran[6], dstran[6], ddsdde[36] = {};
  for (int a = 0; a < 6; ++a) {
    stress[a] = old_stress[place[a]] / (factor[a] * settings.unit);
    stran[a] = factor[a] * old_strain[place[a]];
    dstran[a] = factor[a] * (strain[place[a]] - old_strain[place[a]]);
  }
  double sse = 0.0, spd = 0.0, scd = 0.0, rpl = 0.0, ddsddt[6] = {}, drplde[6] = {}, drpldt = 0.0;
  double time[2] = {clock[0], clock[0]}, temp = 0.0, dtemp = 0.0, predef[1] = {}, dpred[1] = {}, coords[3] = {};
  double drot[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, dfgrd0[9], dfgrd1[9], pnewdt = 1.0, celent = 1.0, dtime = duration;
  std::copy_n(drot, 9, dfgrd0);
  std::copy_n(drot, 9, dfgrd1);
  char name[name_length + 1];
  std::fill_n(name, name_length, ' ');
  name[name_length] = '\0';
  std::copy_n(settings.name.begin(), std::min(name_length, settings.name.size()), name);
  int ndi = 3, nshr = 3, ntens = 6, nstatv = static_cast<int>(n), nprops = static_cast<int>(settings.properties.size());
  int noel = 1, npt = 1, layer = 1, kspt = 1, kstep[4] = {1, 0, 0, 0}, kinc = 1 + static_cast<int>(clock[1]);

  std::unique_lock lock(library->busy, std::defer_lock);
  if (!settings.thread_safe) lock.lock();
  host::Call call;
  call.name = settings.symbol.c_str();
  host::said().clear();
  host::Call* const outer = host::present;
  host::present = &call;
  if (setjmp(call.back) != 0) {
    host::present = outer;
    return Outcome::ended;
  }
  reinterpret_cast<Umat>(function)(stress, space.state.data(), ddsdde, &sse, &spd, &scd, &rpl, ddsddt, drplde, &drpldt,
                                   stran, dstran, time, &dtime, &temp, &dtemp, predef, dpred, name, &ndi, &nshr, &ntens,
                                   &nstatv, space.properties.data(), &nprops, coords, drot, &pnewdt, &celent, dfgrd0,
                                   dfgrd1, &noel, &npt, &layer, &kspt, kstep, &kinc, name_length);
  host::present = outer;

  for (std::size_t k = n; k < n + watched; ++k)
    if (std::memcmp(&space.state[k], &filling, sizeof filling) != 0) return Outcome::overflow;
  if (!(pnewdt >= 1.0)) return Outcome::smaller;
  double sum = 0.0;
  for (std::size_t k = 0; k < n; ++k) sum += 0.0 * space.state[k];
  for (const double each : stress) sum += 0.0 * each;
  for (const double each : ddsdde) sum += 0.0 * each;
  if (sum != 0.0) return Outcome::not_finite;

  std::copy_n(space.state.begin(), n, state_out);
  for (int a = 0; a < 6; ++a) {
    state_out[n + place[a]] = stress_out[place[a]] = settings.unit * factor[a] * stress[a];
    for (int b = 0; b < 6; ++b) {
      const double entry = settings.symmetric ? 0.5 * (ddsdde[6 * b + a] + ddsdde[6 * a + b]) : ddsdde[6 * b + a];
      tangent[6 * place[a] + place[b]] = settings.unit * factor[a] * factor[b] * entry;
    }
  }
  const double ended = clock[0] + duration, count = clock[1] + 1.0;
  std::copy_n(strain, 6, state_out + n + 6);
  state_out[n + 12] = ended;
  state_out[n + 13] = count;
  return Outcome::done;
}

const char* UserMaterial::reason(Outcome outcome) const {
  static thread_local std::string text;
  text = settings.symbol + " of " + settings.library;
  switch (outcome) {
    case Outcome::done:
      text.clear();
      break;
    case Outcome::smaller:
      text += " asks for a smaller increment (PNEWDT below 1)";
      break;
    case Outcome::not_finite:
      text += " gives a number that is not finite";
      break;
    case Outcome::overflow:
      text += " writes beyond its " + std::to_string(settings.state) + " state variables";
      break;
    case Outcome::ended:
      text += " calls XIT" + (host::said().empty() ? "" : " after the message '" + host::said() + "'");
      break;
  }
  return text.c_str();
}

bool UserMaterial::reads_beyond() const {
  const double strain[6] = {0.03, -0.01, 0.005, 0.02, -0.01, 0.015};
  const std::vector<double> virgin(state_size());
  std::vector<double> answers[2];
  Outcome outcomes[2];
  for (const int k : {0, 1}) {
    std::vector<double>& answer = answers[k];
    answer.resize(42 + state_size());
    outcomes[k] = update(strain, virgin.data(), 1.0, &answer[0], &answer[6], &answer[42], k == 0 ? std::nan("") : 0.7);
  }
  return outcomes[0] != outcomes[1] || answers[0] != answers[1];
}

External external(std::shared_ptr<const UserMaterial> material) {
  const std::size_t size = material->state_size();
  const bool symmetric = material->symmetric(), rate_dependent = material->rate_dependent();
  return {[](const void* law, const double* strain, const double* old, double duration, double* stress, double* tangent,
             double* state) {
            return static_cast<const UserMaterial*>(law)->update(strain, old, duration, stress, tangent, state);
          },
          [](const void* law, Outcome outcome) { return static_cast<const UserMaterial*>(law)->reason(outcome); },
          std::move(material),
          size,
          symmetric,
          rate_dependent};
}

}  // namespace laminet
