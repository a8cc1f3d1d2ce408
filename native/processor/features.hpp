// Which instructions of x86-64 the native code needs, and whether the processor at hand has them.
#pragma once

#include <cstddef>

namespace laminet {

enum class Registers { any, avx, avx512 };  // that the operating system must save for programs

// An extension of the instruction set, and the bit of CPUID that tells whether a processor has it.
struct Feature {
  const char* name;
  bool needed;  // the options of the compilation let the compiler use it
  unsigned leaf;
  int word;  // eax, ebx, ecx, edx
  int bit;
  Registers registers;
};

// All features that a compiler may use by itself in our code. There are none on other architectures.
struct Features {
  const Feature* first;
  std::size_t count;
};

bool has(const Feature& feature);  // the processor at hand

// Writes the first three needed features that the processor lacks; false where it lacks none.
bool lacks(const Features& needs, char* names, std::size_t size);

}  // namespace laminet
