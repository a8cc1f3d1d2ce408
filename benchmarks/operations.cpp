// Counts the additions, multiplications and divisions of the templates in native/, by a number that counts and that
// knows which numbers are zero: what benchmarks/training.py compares with the peak of the processor.
//
//   g++ -std=c++20 -Wno-attributes -I native benchmarks/operations.cpp -o /tmp/operations && /tmp/operations
#include <cstdio>

#include "lane.hpp"

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

template <>
struct laminet::LaneOf<counting::Number> {
  using Type = counting::Number;
  static constexpr int width = 1;
};

#include "block.hpp"
#include "orthotropic.hpp"

using namespace laminet;
using counting::Number;

template <class Work>
void count(const char* name, const Work& work) {
  counting::operations = 0;
  work();
  std::printf("%-40s %5ld\n", name, counting::operations);
}

template <Pattern pattern, class Interface>
void blocks(const char* name, const Symmetric<Number>& C) {
  const double n[3] = {0.6, 0.64, 0.48};
  const Interface H(n);
  Symmetric<Number> full, result, S1, S2;
  for (auto& entry : full.entry) entry = Number(1.0);
  Matrix36<Number> Y;
  BlockGradient<Number> gradient;
  std::printf("%s\n", name);
  count("  forward", [&] { laminate_forward<Number, pattern, true>(C, C, 0.4, H, result, &Y); });
  count("  forward, nothing kept", [&] { laminate_forward<Number, pattern, false>(C, C, 0.4, H, result, nullptr); });
  const auto adjoint = [&]<bool both>(Symmetric<Number>* first, Symmetric<Number>* second) {
    laminate_adjoint<Number, pattern, both>(C, C, 0.4, H, Y, full, first, second, gradient);
  };
  count("  adjoint", [&] { adjoint.template operator()<true>(&S1, &S2); });
  count("  adjoint, one child", [&] { adjoint.template operator()<false>(&S1, nullptr); });
  count("  adjoint, no child", [&] { adjoint.template operator()<false>(nullptr, nullptr); });
}

int main() {
  Symmetric<Number> full, aligned, result;
  for (int i = 0; i < 6; ++i)
    for (int j = i; j < 6; ++j) {
      full(i, j) = Number(1.0);
      aligned(i, j) = Number(has(Pattern::aligned, i, j) ? 1.0 : 0.0);
    }
  blocks<Pattern::full, AnyNormal<Number>>("block", full);
  blocks<Pattern::aligned, AnyNormal<Number>>("block of two aligned leaves", aligned);
  blocks<Pattern::full, Axis3<Number>>("block along axis 3", full);
  const double sine[3] = {0.6, 0.8, 0.28}, cosine[3] = {0.8, 0.6, 0.96};
  const Matrix33<double> q = EulerRotation<double>(sine, cosine).q;
  Matrix33<Number> counted;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) counted.m[i][j] = Number(q.m[i][j]);
  const MandelRotation<Number> R(q);
  const OrthotropicRotation<Number> of_leaf(counted);
  const Orthotropic<Number> constants(aligned);
  count("rotation", [&] { turn<Number, false>(R, full, result); });
  count("rotation of an aligned phase", [&] { turn<Number>(of_leaf, constants, result); });
  count("torque", [&] { torque<Number>(full, full); });
}
