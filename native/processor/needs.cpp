// What code needs that is compiled with the options of this file. Constants alone: these options may ask for
// instructions that the processor lacks, and this table is read before any such instruction runs.
#include "processor/features.hpp"

// Whether a macro is defined as 1: else it stays its own name.
#define TEXT(macro) #macro
#define NEEDED(macro) (TEXT(macro)[0] == '1')

namespace laminet {

#if defined(__x86_64__)

namespace {

constexpr int ebx = 1, ecx = 2;
constexpr unsigned extended = 0x80000001;

constexpr Feature table[] = {
    {"sse3", NEEDED(__SSE3__), 1, ecx, 0, Registers::any},
    {"ssse3", NEEDED(__SSSE3__), 1, ecx, 9, Registers::any},
    {"sse4.1", NEEDED(__SSE4_1__), 1, ecx, 19, Registers::any},
    {"sse4.2", NEEDED(__SSE4_2__), 1, ecx, 20, Registers::any},
    {"movbe", NEEDED(__MOVBE__), 1, ecx, 22, Registers::any},
    {"popcnt", NEEDED(__POPCNT__), 1, ecx, 23, Registers::any},
    {"avx", NEEDED(__AVX__), 1, ecx, 28, Registers::avx},
    {"f16c", NEEDED(__F16C__), 1, ecx, 29, Registers::avx},
    {"fma", NEEDED(__FMA__), 1, ecx, 12, Registers::avx},
    {"bmi", NEEDED(__BMI__), 7, ebx, 3, Registers::any},
    {"bmi2", NEEDED(__BMI2__), 7, ebx, 8, Registers::any},
    {"avx2", NEEDED(__AVX2__), 7, ebx, 5, Registers::avx},
    {"avx512f", NEEDED(__AVX512F__), 7, ebx, 16, Registers::avx512},
    {"avx512dq", NEEDED(__AVX512DQ__), 7, ebx, 17, Registers::avx512},
    {"avx512ifma", NEEDED(__AVX512IFMA__), 7, ebx, 21, Registers::avx512},
    {"avx512cd", NEEDED(__AVX512CD__), 7, ebx, 28, Registers::avx512},
    {"avx512bw", NEEDED(__AVX512BW__), 7, ebx, 30, Registers::avx512},
    {"avx512vl", NEEDED(__AVX512VL__), 7, ebx, 31, Registers::avx512},
    {"avx512vbmi", NEEDED(__AVX512VBMI__), 7, ecx, 1, Registers::avx512},
    {"avx512vbmi2", NEEDED(__AVX512VBMI2__), 7, ecx, 6, Registers::avx512},
    {"gfni", NEEDED(__GFNI__), 7, ecx, 8, Registers::any},
    {"avx512vnni", NEEDED(__AVX512VNNI__), 7, ecx, 11, Registers::avx512},
    {"avx512bitalg", NEEDED(__AVX512BITALG__), 7, ecx, 12, Registers::avx512},
    {"avx512vpopcntdq", NEEDED(__AVX512VPOPCNTDQ__), 7, ecx, 14, Registers::avx512},
    {"lzcnt", NEEDED(__LZCNT__), extended, ecx, 5, Registers::any},
    {"sse4a", NEEDED(__SSE4A__), extended, ecx, 6, Registers::any},
    {"xop", NEEDED(__XOP__), extended, ecx, 11, Registers::avx},
    {"fma4", NEEDED(__FMA4__), extended, ecx, 16, Registers::avx},
    {"tbm", NEEDED(__TBM__), extended, ecx, 21, Registers::any},
};

}  // namespace

extern const Features LAMINET_NEEDS;
const Features LAMINET_NEEDS = {table, sizeof table / sizeof table[0]};

#else

extern const Features LAMINET_NEEDS;
const Features LAMINET_NEEDS = {nullptr, 0};

#endif

}  // namespace laminet
