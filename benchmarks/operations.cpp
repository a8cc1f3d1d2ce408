// Counts the additions, multiplications and divisions of the templates in native/, by a number that counts and that
// knows which numbers are zero: what benchmarks/training.py compares with the peak of the processor.
//
//   g++ -std=c++20 -Wno-attributes -I native benchmarks/operations.cpp -o /tmp/operations && /tmp/operations
#include <cstdio>

namespace counting {

long operations = 0;

struct Number {
  bool zero = true;

  Number() = default;
  Number(double value) : zero(value == 0.0) {}
};

inline Number made(bool zero, bool counted) {
  operations += counted;
  return Number(zero ? 0.0 : 1.0);
}

inline Number operator+(Number a, Number b) { return made(a.zero && b.zero, !a.zero && !b.zero); }
inline Number operator-(Number a, Number b) { return a + b; }
inline Number operator-(Number a) { return a; }
inline Number operator*(Number a, Number b) { return made(a.zero || b.zero, !a.zero && !b.zero); }
inline Number operator/(Number a, Number b) { return a * b; }
inline Number& operator+=(Number& a, Number b) { return a = a + b; }
inline Number& operator-=(Number& a, Number b) { return a = a + b; }
inline Number& operator*=(Number& a, Number b) { return a = a * b; }

}  // namespace counting

#define LAMINET_LANE_HPP  // instead of native/lane/lane.hpp

namespace laminet {

using Lane = counting::Number;
inline constexpr int width = 1;

inline Lane broadcast(double value) { return value; }

}  // namespace laminet

#include "block/block.hpp"
#include "training/orthotropic.hpp"

using namespace laminet;
using counting::Number;

template <class Work>
void count(const char* name, const Work& work) {
  counting::operations = 0;
  work();
  std::printf("%-40s %5ld\n", name, counting::operations);
}

template <Pattern pattern, class Interface>
void blocks(const char* name, const Symmetric& C) {
  const double n[3] = {0.6, 0.64, 0.48};
  const Interface H(n);
  Symmetric full, result, S1, S2;
  for (auto& entry : full.entry) entry = Number(1.0);
  Matrix36 Y;
  BlockGradient gradient;
  std::printf("%s\n", name);
  count("  forward", [&] { laminate_forward<pattern, true>(C, C, 0.4, H, result, &Y); });
  count("  forward, nothing kept", [&] { laminate_forward<pattern, false>(C, C, 0.4, H, result, nullptr); });
  count("  adjoint", [&] { laminate_adjoint<pattern, true>(C, C, 0.4, H, Y, full, &S1, &S2, gradient); });
  count("  adjoint, no child",
        [&] { laminate_adjoint<pattern, false>(C, C, 0.4, H, Y, full, nullptr, nullptr, gradient); });
}

int main() {
  Symmetric full, aligned, result;
  for (int i = 0; i < 6; ++i)
    for (int j = i; j < 6; ++j) {
      full(i, j) = Number(1.0);
      aligned(i, j) = Number(has(Pattern::aligned, i, j) ? 1.0 : 0.0);
    }
  blocks<Pattern::full, AnyNormal>("block", full);
  blocks<Pattern::aligned, AnyNormal>("block of two aligned leaves", aligned);
  blocks<Pattern::full, Axis3>("block along axis 3", full);
  const double sine[3] = {0.6, 0.8, 0.28}, cosine[3] = {0.8, 0.6, 0.96};
  const Matrix33<double> q = EulerRotation<double>(sine, cosine).q;
  const MandelRotation R(q);
  const OrthotropicRotation<double> of_leaf(q);
  const Orthotropic constants(aligned);
  count("rotation", [&] { turn<false>(R, full, result); });
  count("rotation of an aligned phase", [&] { turn(of_leaf, constants, result); });
  count("torque", [&] { torque(full, full); });
}
