/* Uniaxial stress along direction 11, driven by strain: what a finite-element code does, at one material point.
 *
 *     laminet export --network network.nc --materials materials.yaml --composite NAME --out material.law
 *     cc -std=c99 -O2 uniaxial.c -I "$(python -c 'import laminet; print(laminet.include_dir())')" \
 *         -L "$(python -c 'import laminet; print(laminet.library_dir())')" -llaminet -lm -o uniaxial
 *     LD_LIBRARY_PATH=... ./uniaxial material.law 0.02 10
 *
 * In every step the strain of component 11 is given; an outer Newton iteration finds the five others for which their
 * stresses vanish, by the law's consistent tangent. Prints for every step its number, the outer iterations, strain
 * (6), stress (6), and after the last step the tangent (36), all in Mandel notation.
 */
#include <laminet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTER 20

/* x of A x = b for the components 1 ... 5 of a positive definite (6, 6) matrix: elimination without pivoting. */
static void solve_free(const double *matrix, double *b) {
  double A[36];
  int i, j, k;
  memcpy(A, matrix, sizeof A);
  for (j = 1; j < 6; ++j)
    for (i = j + 1; i < 6; ++i) {
      const double factor = A[6 * i + j] / A[6 * j + j];
      for (k = j; k < 6; ++k) A[6 * i + k] -= factor * A[6 * j + k];
      b[i] -= factor * b[j];
    }
  for (j = 5; j >= 1; --j) {
    for (k = j + 1; k < 6; ++k) b[j] -= A[6 * j + k] * b[k];
    b[j] /= A[6 * j + j];
  }
}

static double free_norm(const double *stress) {
  double square = 0.0;
  int i;
  for (i = 1; i < 6; ++i) square += stress[i] * stress[i];
  return sqrt(square);
}

static void print_row(const double *numbers, int count) {
  int k;
  for (k = 0; k < count; ++k) printf(" %.17g", numbers[k]);
}

int main(int argc, char **argv) {
  laminet_law *law = NULL;
  laminet_settings settings = laminet_default_settings();
  double strain[6] = {0.0}, stress[6], tangent[36], *state, *updated;
  double amplitude;
  int steps, step;

  if (argc != 4 || (steps = atoi(argv[3])) < 1) {
    fprintf(stderr, "usage: uniaxial LAW STRAIN STEPS\n");
    return 2;
  }
  amplitude = atof(argv[2]);
  settings.tolerance = 1e-10;
  if (laminet_law_read(argv[1], &settings, &law) != LAMINET_OK) {
    fprintf(stderr, "%s\n", laminet_message());
    return 1;
  }
  state = calloc(laminet_state_size(law), sizeof *state); /* a virgin point: zeros */
  updated = malloc(laminet_state_size(law) * sizeof *updated);
  if (state == NULL || updated == NULL) return 1;

  for (step = 1; step <= steps; ++step) {
    int outer = 0;
    strain[0] = amplitude * step / steps;
    for (;;) {
      double correction[6];
      int i;
      if (laminet_update(law, 1, strain, state, stress, tangent, updated, 1) != LAMINET_OK) {
        fprintf(stderr, "step %d: %s\n", step, laminet_message());
        return 1;
      }
      ++outer;
      if (free_norm(stress) <= 1e-10 * fabs(stress[0])) break;
      if (outer == OUTER) {
        fprintf(stderr, "step %d: no uniaxial stress after %d iterations\n", step, outer);
        return 1;
      }
      memcpy(correction, stress, sizeof correction);
      solve_free(tangent, correction);
      for (i = 1; i < 6; ++i) strain[i] -= correction[i];
    }
    memcpy(state, updated, laminet_state_size(law) * sizeof *state); /* the increment is accepted */
    printf("%d %d", step, outer);
    print_row(strain, 6);
    print_row(stress, 6);
    printf("\n");
  }
  print_row(tangent, 36);
  printf("\n");
  free(state);
  free(updated);
  laminet_law_destroy(law);
  return 0;
}
