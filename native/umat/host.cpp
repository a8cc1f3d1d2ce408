// The routines of Abaqus that UMATs call. They are global symbols: a library that lacks them finds them here.
//
// All arguments come by address, as Fortran passes them; the lengths of texts follow at the end, by value.
#include "umat/host.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace laminet::host {

thread_local Call* present = nullptr;

std::string& said() {
  thread_local std::string text;
  return text;
}

namespace {

// In place of an end of the program by STOP or exit, which nobody would understand.
void tell_the_end() {
  if (present == nullptr) return;
  std::fprintf(
      stderr, "laminet: error: the user material %s ended the program (STOP or exit); let it set PNEWDT, or call XIT\n",
      present->name);
  std::fflush(stderr);
  _exit(1);
}

const int watching = std::atexit(tell_the_end);

[[noreturn]] void leave() {
  if (present != nullptr) std::longjmp(present->back, 1);
  std::fprintf(stderr, "laminet: error: a user material called XIT on a thread of its own\n");
  _exit(1);
}

// A text of Fortran without the blanks at its end.
std::string trimmed(const char* text, std::size_t length) {
  while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\0')) --length;
  return {text, length};
}

// A message of STDB_ABQERR: %I, %R and %S stand for the next whole number, number and text of `length`.
std::string filled(const std::string& form, const int* whole, const double* number, const char* text,
                   std::size_t length) {
  std::string message;
  for (std::size_t k = 0; k < form.size(); ++k) {
    const char kind = form[k] == '%' && k + 1 < form.size() ? form[k + 1] : '\0';
    char shown[32] = "";
    if (kind == 'I')
      std::snprintf(shown, sizeof shown, "%d", *whole++);
    else if (kind == 'R')
      std::snprintf(shown, sizeof shown, "%g", *number++);
    else if (kind == 'S')
      message += trimmed(text, length), text += length;
    else {
      message += form[k];
      continue;
    }
    message += shown;
    ++k;
  }
  return message;
}

// A tensor in Abaqus' order 11, 22, 33, 12, 13, 23 as a matrix. `shear`: 1, or 1/2 for engineering shear strains.
using Matrix = double[3][3];

void load(const double* from, int direct, int shears, double shear, Matrix& to) {
  static constexpr int row[3] = {0, 0, 1}, column[3] = {1, 2, 2};
  for (auto& entries : to) std::fill_n(entries, 3, 0.0);
  for (int i = 0; i < std::min(direct, 3); ++i) to[i][i] = from[i];
  for (int k = 0; k < std::min(shears, 3); ++k)
    to[row[k]][column[k]] = to[column[k]][row[k]] = shear * from[direct + k];
}

// Eigenvalues on the diagonal of `a`, eigenvectors in the columns of `v`, by Jacobi's rotations.
void diagonalise(Matrix& a, Matrix& v) {
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) v[i][j] = i == j;
  for (int sweep = 0; sweep < 50; ++sweep) {
    const double off = std::abs(a[0][1]) + std::abs(a[0][2]) + std::abs(a[1][2]);
    if (!(off > 1e-300)) return;
    for (int p = 0; p < 2; ++p)
      for (int q = p + 1; q < 3; ++q) {
        if (a[p][q] == 0.0) continue;
        const double theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
        const double t = std::copysign(1.0, theta) / (std::abs(theta) + std::hypot(1.0, theta));
        const double c = 1.0 / std::hypot(1.0, t), s = t * c;
        for (int k = 0; k < 3; ++k) {
          const double x = a[k][p], y = a[k][q];
          a[k][p] = c * x - s * y;
          a[k][q] = s * x + c * y;
        }
        for (int k = 0; k < 3; ++k) {
          const double x = a[p][k], y = a[q][k];
          a[p][k] = c * x - s * y;
          a[q][k] = s * x + c * y;
        }
        a[p][q] = a[q][p] = 0.0;
        for (int k = 0; k < 3; ++k) {
          const double x = v[k][p], y = v[k][q];
          v[k][p] = c * x - s * y;
          v[k][q] = s * x + c * y;
        }
      }
  }
}

}  // namespace
}  // namespace laminet::host

using laminet::host::diagonalise;
using laminet::host::Matrix;

#define ABAQUS extern "C" __attribute__((visibility("default")))

// Ends the analysis.
ABAQUS void xit_() { laminet::host::leave(); }

// A message: of information (1), a warning (-1), an error (-2), or an error that ends the analysis (-3).
ABAQUS void stdb_abqerr_(const int* kind, const char* form, const int* whole, const double* number, const char* text,
                         std::size_t length, std::size_t text_length) {
  laminet::host::said() = laminet::host::filled(laminet::host::trimmed(form, length), whole, number, text, text_length);
  if (*kind == -3) laminet::host::leave();
}

// First and second invariant of a stress: its mean and its von Mises stress.
ABAQUS void sinv_(const double* stress, double* mean, double* mises, const int* direct, const int* shears) {
  Matrix a;
  laminet::host::load(stress, *direct, *shears, 1.0, a);
  *mean = (a[0][0] + a[1][1] + a[2][2]) / 3.0;
  double square = 0.0;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) square += std::pow(a[i][j] - (i == j ? *mean : 0.0), 2);
  *mises = std::sqrt(1.5 * square);
}

// Principal values of a stress (kind 1) or strain (kind 2).
ABAQUS void sprinc_(const double* tensor, double* values, const int* kind, const int* direct, const int* shears) {
  Matrix a, v;
  laminet::host::load(tensor, *direct, *shears, *kind == 1 ? 1.0 : 0.5, a);
  diagonalise(a, v);
  for (int i = 0; i < 3; ++i) values[i] = a[i][i];
}

// The same, and their directions: row k of `directions` (3, 3), as Fortran stores it, is that of value k.
ABAQUS void sprind_(const double* tensor, double* values, double* directions, const int* kind, const int* direct,
                    const int* shears) {
  Matrix a, v;
  laminet::host::load(tensor, *direct, *shears, *kind == 1 ? 1.0 : 0.5, a);
  diagonalise(a, v);
  for (int k = 0; k < 3; ++k) {
    values[k] = a[k][k];
    for (int i = 0; i < 3; ++i) directions[3 * i + k] = v[i][k];
  }
}

// The tensor R a R^T of a stress (kind 1) or strain (kind 2) a, by a rotation R (3, 3).
ABAQUS void rotsig_(const double* tensor, const double* rotation, double* turned, const int* kind, const int* direct,
                    const int* shears) {
  const double shear = *kind == 1 ? 1.0 : 0.5;
  Matrix a, b{};
  laminet::host::load(tensor, *direct, *shears, shear, a);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 3; ++k)
        for (int l = 0; l < 3; ++l) b[i][j] += rotation[3 * k + i] * a[k][l] * rotation[3 * l + j];
  static constexpr int row[3] = {0, 0, 1}, column[3] = {1, 2, 2};
  for (int i = 0; i < std::min(*direct, 3); ++i) turned[i] = b[i][i];
  for (int k = 0; k < std::min(*shears, 3); ++k) turned[*direct + k] = b[row[k]][column[k]] / shear;
}

// Folder and name of the job, without blanks before the end of the text, and the length of that.
ABAQUS void getoutdir_(char* folder, int* length, std::size_t size) {
  std::fill_n(folder, size, ' ');
  folder[0] = '.';
  *length = 1;
}
ABAQUS void getjobname_(char* name, int* length, std::size_t size) {
  static const std::string job = "laminet";
  std::fill_n(name, size, ' ');
  std::copy_n(job.begin(), std::min(size, job.size()), name);
  *length = static_cast<int>(job.size());
}
