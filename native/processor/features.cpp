// Compiled for any processor, and without the standard library: of an inline function, the linker may keep the copy
// that was compiled for another processor.
#include "processor/features.hpp"

#include <cstdio>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace laminet {

#if defined(__x86_64__)

namespace {

// XCR0: the registers that the operating system saves. Without AVX it need not exist.
unsigned saved_registers() {
  unsigned eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx >> 27 & 1)) return 0;
  __asm__("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
  return eax;
}

bool saves(Registers registers) {
  constexpr unsigned avx = 0x06;
#if defined(__APPLE__)
  constexpr unsigned avx512 = avx;  // macOS adds the rest of them when a program first uses them
#else
  constexpr unsigned avx512 = 0xe6;
#endif
  const unsigned wanted = registers == Registers::any ? 0 : registers == Registers::avx ? avx : avx512;
  return (saved_registers() & wanted) == wanted;
}

}  // namespace

bool has(const Feature& feature) {
  unsigned word[4];
  return __get_cpuid_count(feature.leaf, 0, &word[0], &word[1], &word[2], &word[3]) &&
         (word[feature.word] >> feature.bit & 1) && saves(feature.registers);
}

#else

bool has(const Feature&) { return false; }

#endif

bool lacks(const Features& needs, char* names, std::size_t size) {
  std::size_t end = 0;
  int count = 0;
  for (std::size_t k = 0; k < needs.count && count < 4; ++k) {
    const Feature& feature = needs.first[k];
    if (!feature.needed || has(feature)) continue;
    const char* name = ++count < 4 ? feature.name : "...";
    const int length = std::snprintf(names + end, size - end, "%s%s", count == 1 ? "" : ", ", name);
    end = end + length < size ? end + length : size - 1;
  }
  return count > 0;
}

}  // namespace laminet
