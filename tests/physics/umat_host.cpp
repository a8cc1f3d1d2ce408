// A finite-element code that calls a user material once, as little of it as there may be.
//
//     umat_host LIBRARY SYMBOL NDI NSHR NSTATV NPROPS PROPS COMPONENT STRAIN [NAME ...]
//
// PROPS are numbers with commas between them. The strain increment has STRAIN in the host's COMPONENT. Arguments of
// UMAT that are NAMEd are null; those that it does not need point to nothing. Prints STRESS, the diagonal of DDSDDE,
// SSE, PNEWDT and the largest number of STATEV. Floating-point exceptions end the program, as they do in hosts that
// trap them.
#include <dlfcn.h>
#include <fenv.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

const char* const names[] = {"STRESS", "STATEV", "DDSDDE", "SSE",    "SPD",    "SCD",    "RPL",    "DDSDDT",
                             "DRPLDE", "DRPLDT", "STRAN",  "DSTRAN", "TIME",   "DTIME",  "TEMP",   "DTEMP",
                             "PREDEF", "DPRED",  "CMNAME", "NDI",    "NSHR",   "NTENS",  "NSTATV", "PROPS",
                             "NPROPS", "COORDS", "DROT",   "PNEWDT", "CELENT", "DFGRD0", "DFGRD1", "NOEL",
                             "NPT",    "LAYER",  "KSPT",   "KSTEP",  "KINC"};
constexpr std::size_t count = sizeof names / sizeof *names;
static_assert(count == 37);

template <std::size_t>
using Pointer = void*;

template <std::size_t... k>
void call(void* function, void** argument, std::index_sequence<k...>) {
  reinterpret_cast<void (*)(Pointer<k>...)>(function)(argument[k]...);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 10) return 2;
  void* library = dlopen(argv[1], RTLD_NOW);
  void* function = library == nullptr ? nullptr : dlsym(library, argv[2]);
  if (function == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 3;
  }
  int ndi = std::atoi(argv[3]), nshr = std::atoi(argv[4]), nstatv = std::atoi(argv[5]), nprops = std::atoi(argv[6]);
  int ntens = ndi + nshr;
  double sse = 0.0, pnewdt = 1.0;
  std::vector<double> props(16);
  std::istringstream constants(argv[7]);
  std::string constant;
  for (int k = 0; std::getline(constants, constant, ','); ++k) props[k] = std::strtod(constant.c_str(), nullptr);
  std::vector<double> stress(16), ddsdde(256), stran(16), dstran(16), statev(4096);
  dstran[std::atoi(argv[8])] = std::strtod(argv[9], nullptr);
  void* argument[count];
  std::fill_n(argument, count, reinterpret_cast<void*>(1));
  const auto place = [](const std::string& name) {
    return std::find_if(names, names + count, [&](const char* other) { return name == other; }) - names;
  };
  const std::pair<const char*, void*> needed[] = {{"STRESS", stress.data()},
                                                  {"STATEV", statev.data()},
                                                  {"DDSDDE", ddsdde.data()},
                                                  {"SSE", &sse},
                                                  {"STRAN", stran.data()},
                                                  {"DSTRAN", dstran.data()},
                                                  {"NDI", &ndi},
                                                  {"NSHR", &nshr},
                                                  {"NTENS", &ntens},
                                                  {"NSTATV", &nstatv},
                                                  {"PROPS", props.data()},
                                                  {"NPROPS", &nprops},
                                                  {"PNEWDT", &pnewdt}};
  for (const auto& [name, pointer] : needed) argument[place(name)] = pointer;
  for (int k = 10; k < argc; ++k) argument[place(argv[k])] = nullptr;
  feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
  call(function, argument, std::make_index_sequence<count>{});
  for (int i = 0; i < ntens; ++i) std::printf("%.17g ", stress[i]);
  for (int i = 0; i < ntens; ++i) std::printf("%.17g ", ddsdde[i * ntens + i]);
  double largest = 0.0;
  for (const double number : statev) largest = std::isnan(number) ? number : std::max(largest, std::abs(number));
  std::printf("%.17g %.17g %.17g\n", sse, pnewdt, largest);
}
