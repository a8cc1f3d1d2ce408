// The user material of Abaqus (UMAT), which CalculiX and other hosts call, too: libLAMINET.so, of the C interface
// alone.
//
// UMAT is called as Fortran calls: every argument by address. Its order is 11, 22, 33, 12, 13, 23; its shear strains
// are twice the tensor's. The constants of *USER MATERIAL are
//
//   1  how many of the model's units of stress are 1 GPa: 1000 for MPa
//   2  the key of the law, as `laminet export --cards` writes it; 0 or none: the only law there is
//   3  the order of shear: 0 or none for 12, 13, 23 (Abaqus, CalculiX), 1 for 12, 23, 13 (Kratos)
//
// The environment variable LAMINET_LAW names a law file, or the folder whose files *.law are the laws of the model. By
// default it is the folder in which the host runs. Strains are small: under NLGEOM rotations must stay small, too.
//
// A point that fails asks the host for half of the increment (PNEWDT). Only a wrong set-up ends the host: no increment
// is small enough for it.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "c/laminet.h"

namespace {

namespace fs = std::filesystem;

[[noreturn]] void stop(const std::string& what) {
  std::fprintf(stderr, "UMAT of laminet: %s\n", what.c_str());
  std::exit(1);
}

// Says once what a smaller increment will hardly cure.
void warn(const char* what) {
  static std::once_flag said;
  std::call_once(said, [&] { std::fprintf(stderr, "UMAT of laminet: %s; it asks for a smaller increment\n", what); });
}

// The key of a law file: 24 bits of the CRC-32 of its bytes, never 0, so that a host may read it as any real number.
std::uint32_t key_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) stop(file.string() + ": cannot be read; make it with `laminet export`");
  std::uint32_t crc = 0xFFFFFFFFu;
  for (auto byte = std::istreambuf_iterator<char>(stream); byte != std::istreambuf_iterator<char>(); ++byte) {
    crc ^= static_cast<unsigned char>(*byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) ? 0xEDB88320u : 0u);
  }
  return std::max<std::uint32_t>(~crc & 0xFFFFFFu, 1u);
}

// Where the laws are, and the files there.
struct Laws {
  std::string place;
  std::vector<fs::path> files;
};

Laws laws_there() {
  const char* given = std::getenv("LAMINET_LAW");
  Laws laws{given != nullptr && *given != '\0' ? given : ".", {}};
  std::error_code error;
  if (!fs::is_directory(laws.place, error)) {
    laws.files.emplace_back(laws.place);
    return laws;
  }
  for (fs::directory_iterator entry(laws.place, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().extension() == ".law") laws.files.push_back(entry->path());
  if (laws.files.empty())
    stop("no law in the folder '" + laws.place +
         "'; make one there with `laminet export`, or name file or folder in LAMINET_LAW");
  std::sort(laws.files.begin(), laws.files.end());
  return laws;
}

fs::path file_of(std::uint32_t key) {
  const Laws laws = laws_there();
  if (key == 0) {
    if (laws.files.size() == 1) return laws.files.front();
    stop("the folder '" + laws.place + "' holds " + std::to_string(laws.files.size()) +
         " laws; give the key of one as second constant, as `laminet export --cards` writes it");
  }
  const auto file =
      std::find_if(laws.files.begin(), laws.files.end(), [&](const auto& each) { return key_of(each) == key; });
  if (file == laws.files.end())
    stop("no law in '" + laws.place + "' has the key " + std::to_string(key) +
         " of *USER MATERIAL; write law and cards again with `laminet export`");
  return *file;
}

// The law of a key, read when it is first asked for; laws live as long as the host.
const laminet_law* law_of(std::uint32_t key) {
  static std::mutex mutex;
  static std::map<std::uint32_t, const laminet_law*> known;
  thread_local std::uint32_t last_key = 0;
  thread_local const laminet_law* last = nullptr;
  if (last != nullptr && last_key == key) return last;
  const std::lock_guard lock(mutex);
  auto entry = known.find(key);
  if (entry == known.end()) {
    laminet_law* law = nullptr;
    if (laminet_law_read(file_of(key).string().c_str(), nullptr, &law) != LAMINET_OK) stop(laminet_message());
    entry = known.emplace(key, law).first;
  }
  last_key = key;
  return last = entry->second;
}

constexpr std::array<int, 6> abaqus{0, 1, 2, 5, 4, 3},
    kratos{0, 1, 2, 5, 3, 4};  // places of components in Mandel vectors

// The set-up of a model, its constants and sizes; checks it.
struct Setup {
  const laminet_law* law;
  double unit;
  const std::array<int, 6>& place;
  int size;

  double factor(int i) const { return i < 3 ? 1.0 : std::sqrt(2.0); }

  // Stress or tangent of Mandel components in the host's, tangents column by column.
  void give_stress(const double* mandel, double* stress) const {
    for (int i = 0; i < size; ++i) stress[i] = unit * mandel[place[i]] / factor(i);
  }
  void give_tangent(const double* mandel, double* ddsdde) const {
    for (int i = 0; i < size; ++i)
      for (int j = 0; j < size; ++j)
        ddsdde[j * size + i] = unit * mandel[6 * place[i] + place[j]] / (factor(i) * factor(j));
  }
};

Setup setup(int ndi, int nshr, int ntens, int nstatv, const double* props, int nprops) {
  if (ndi != 3 || (nshr != 1 && nshr != 3) || ntens != ndi + nshr)
    stop("needs elements with three direct stresses and one or three shear stresses (no plane stress, no beams)");
  if (nprops < 1 || !(std::isfinite(props[0]) && props[0] > 0.0))
    stop("needs one constant at least: units of stress for 1 GPa, such as 1000.");
  const double key = nprops > 1 ? props[1] : 0.0, order = nprops > 2 ? props[2] : 0.0;
  if (!(key == std::floor(key) && 0.0 <= key && key <= 0xFFFFFF))
    stop("the second constant must be the key of a law, as `laminet export --cards` writes it, or 0");
  if (order != 0.0 && order != 1.0)
    stop("the third constant must be 0 (shear in the order 12, 13, 23) or 1 (12, 23, 13)");
  const laminet_law* law = law_of(static_cast<std::uint32_t>(key));
  const std::size_t needed = laminet_state_size(law);
  if (nstatv < 0 || static_cast<std::size_t>(nstatv) < needed)
    stop("*DEPVAR is " + std::to_string(nstatv) + "; it must be " + std::to_string(needed));
  return {law, props[0], order == 1.0 ? kratos : abaqus, ntens};
}

// Asks for half of the increment. A host that cannot be asked gets NaN, so that its own iteration cannot end here.
// Stress and state stay those of the start. So does the tangent: hosts may assemble it before they repeat the
// increment.
void fail(const Setup& at, double seconds, const double* strain, const double* statev, double* stress, double* ddsdde,
          double* pnewdt) {
  if (pnewdt == nullptr) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    std::fill_n(stress, at.size, nan);
    if (ddsdde != nullptr) std::fill_n(ddsdde, at.size * at.size, nan);
    return;
  }
  *pnewdt = 0.5;
  if (ddsdde == nullptr) return;
  double mandel[6], tangent[36];
  std::vector<double> state(laminet_state_size(at.law));
  if (laminet_update_over(at.law, 1, seconds, strain, statev, mandel, tangent, state.data(), 1) == LAMINET_OK)
    at.give_tangent(tangent, ddsdde);
}

void update(double* stress, double* statev, double* ddsdde, double* sse, const double* stran, const double* dstran,
            const double* dtime, const int* ndi, const int* nshr, const int* ntens, const int* nstatv,
            const double* props, const int* nprops, double* pnewdt) {
  if (stress == nullptr || statev == nullptr || stran == nullptr || dstran == nullptr || ndi == nullptr ||
      nshr == nullptr || ntens == nullptr || nstatv == nullptr || props == nullptr || nprops == nullptr)
    stop("needs STRESS, STATEV, STRAN, DSTRAN, NDI, NSHR, NTENS, NSTATV, PROPS and NPROPS; one of them is null");
  const Setup at = setup(*ndi, *nshr, *ntens, *nstatv, props, *nprops);
  const bool timed = laminet_rate_dependent(at.law) != 0;
  if (timed && dtime == nullptr) stop("a law of a phase depends on time, but DTIME is null");
  const double seconds = timed ? *dtime : 0.0;
  double start[6] = {0.0}, strain[6] = {0.0}, mandel[6], tangent[36], work = 0.0;
  bool finite = true;
  for (int i = 0; i < at.size; ++i) {
    start[at.place[i]] = stran[i] / at.factor(i);
    strain[at.place[i]] = (stran[i] + dstran[i]) / at.factor(i);
    finite = finite && std::isfinite(strain[at.place[i]]);
  }
  laminet_status status = LAMINET_NOT_CONVERGED;
  if (finite)
    status = laminet_update_over(at.law, 1, seconds, strain, statev, mandel, ddsdde != nullptr ? tangent : nullptr,
                                 statev, 1);
  if (status == LAMINET_FAULT) stop(laminet_message());
  if (status == LAMINET_BAD_INPUT || status == LAMINET_NO_MEMORY) {
    if (pnewdt == nullptr) stop(laminet_message());
    warn(laminet_message());
  }
  if (status != LAMINET_OK) return fail(at, seconds, start, statev, stress, ddsdde, pnewdt);
  for (int i = 0; i < at.size; ++i) work += 0.5 * stress[i] * dstran[i];
  at.give_stress(mandel, stress);
  if (ddsdde != nullptr) at.give_tangent(tangent, ddsdde);
  for (int i = 0; i < at.size; ++i) work += 0.5 * stress[i] * dstran[i];
  if (sse != nullptr) *sse += work;  // all the work of the stresses, stored and dissipated together
}

}  // namespace

// Hosts look for either name. Arguments without a name are not read, and may be anything.
#define LAMINET_UMAT(name)                                                                                          \
  extern "C" LAMINET_API void name(double* stress, double* statev, double* ddsdde, double* sse, double*, double*,   \
                                   double*, double*, double*, double*, const double* stran, const double* dstran,   \
                                   const double*, const double* dtime, const double*, const double*, const double*, \
                                   const double*, const char*, const int* ndi, const int* nshr, const int* ntens,   \
                                   const int* nstatv, const double* props, const int* nprops, const double*,        \
                                   const double*, double* pnewdt, const double*, const double*, const double*,      \
                                   const int*, const int*, const int*, const int*, const int*, const int*) {        \
    update(stress, statev, ddsdde, sse, stran, dstran, dtime, ndi, nshr, ntens, nstatv, props, nprops, pnewdt);     \
  }

LAMINET_UMAT(umat)
LAMINET_UMAT(umat_)
