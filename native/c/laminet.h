/* A trained network as the constitutive law of a finite-element code: the C interface of laminet.
 *
 * A law is made once, from a file that `laminet export` writes or from arrays. It then updates material points. Its
 * input is the total strain at the end of an increment and the state at its start. Its output is the stress, the
 * consistent tangent and the state at the end. States belong to the caller; a virgin point's state is all zeros.
 *
 * Strain, stress and tangent are in Mandel notation, components 11, 22, 33, 23, 13, 12, shear components of strain
 * AND stress times sqrt(2). Stress is in the unit of the materials, which is GPa in the files of laminet. Arrays of
 * many points hold the numbers of one point side by side: strain[6 * point + component].
 *
 * Every function that returns a laminet_status catches all errors; on any other than LAMINET_OK, laminet_message()
 * says what is wrong and what to do. Floating-point exceptions that the caller traps are held back meanwhile. A law may
 * be used by any number of threads at the same time; only laminet_law_destroy must have the law for itself. Results do
 * not depend on the number of threads.
 */
#ifndef LAMINET_H
#define LAMINET_H

#include <stddef.h>

#if defined(_WIN32)
#define LAMINET_API
#else
#define LAMINET_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum laminet_status {
  LAMINET_OK = 0,
  LAMINET_BAD_INPUT = 1,     /* a file, an array or a number that cannot be used */
  LAMINET_NOT_CONVERGED = 2, /* points without equilibrium: repeat with a smaller increment */
  LAMINET_NO_MEMORY = 3,
  LAMINET_FAULT = 4 /* a library for another processor, or a fault in laminet: please report it */
} laminet_status;

typedef struct laminet_law laminet_law;

/* How far the law iterates in one update. */
typedef struct laminet_settings {
  double tolerance;   /* relative change of the strain increments at which the iteration ends, in (0, 1) */
  int max_iterations; /* before the increment is halved */
  int halvings;       /* how often it may be, 0 ... 50 */
} laminet_settings;

/* 1e-6, 200, 6. */
LAMINET_API laminet_settings laminet_default_settings(void);

/* Law of a phase: its name and its constants.
 *   "elastic"  any symmetric, positive definite stiffness (6, 6), Mandel
 *   "j2"       Young's modulus, Poisson's ratio, and initial, linear, saturation and rate of the yield stress
 *              initial + linear p + saturation (1 - exp(-rate p)) of the equivalent plastic strain p.
 *   "j2_power" The same moduli, and initial, reference and exponent of initial (1 + p / reference)^exponent.
 *   "j2_table" The same moduli, the slope after the last point, and p and yield stress of each point, two at least.
 *   "drucker_prager", "drucker_prager_power", "drucker_prager_table"  Young's modulus, Poisson's ratio, the angles of
 *              friction and dilatancy in degrees, and the numbers of the same form for the yield stress in uniaxial
 *              tension. The tangent is not symmetric, unless both angles are equal. */
typedef struct laminet_phase {
  const char* law;
  const double* constants;
  size_t count; /* of the constants */
} laminet_phase;

/* The active part of a network: the leaves, and the blocks that join them two by two, one fewer than the leaves. Nodes
 * are numbered from 0 (the root) to 2 * leaves - 2; children have higher numbers than their parents. */
typedef struct laminet_network {
  size_t leaves;
  const int *parent, *first, *second; /* (leaves - 1): a block's node and its two children */
  const double* normal;               /* (leaves - 1, 3): unit normal of the interface between the children */
  const int* leaf;                    /* (leaves): node of every leaf */
  const int* phase;                   /* (leaves): 1, 2, ... */
  const double* weight;               /* (leaves): positive, on any scale */
  const double* rotation; /* (leaves, 6, 6): orthogonal Mandel matrices R, R eps is the strain in the frame of the
                             leaf's material; NULL where none is turned */
} laminet_network;

/* A law from the file that `laminet export` wrote. `settings` may be NULL: the defaults. On success the law is in *law,
 * to be given back by laminet_law_destroy. */
LAMINET_API laminet_status laminet_law_read(const char* path, const laminet_settings* settings, laminet_law** law);

/* A law from arrays, which are copied: of a network and of its `phases` phases. */
LAMINET_API laminet_status laminet_law_create(const laminet_network* network, size_t phases, const laminet_phase* phase,
                                              const laminet_settings* settings, laminet_law** law);

/* Gives a law back; NULL is allowed. */
LAMINET_API void laminet_law_destroy(laminet_law* law);

/* Number of state variables of one point: the macroscopic strain (6), then for every leaf its strain in the frame of
 * its material (6), its plastic strain (6) and its equivalent plastic strain (1). */
LAMINET_API size_t laminet_state_size(const laminet_law* law);

/* Number of leaves. */
LAMINET_API size_t laminet_leaves(const laminet_law* law);

/* Updates `points` points in an increment of `duration` seconds, on which laws of phases may depend.
 *   strain     (points, 6)            total strain at the end of the increment
 *   old_state  (points, state size)   state at its start
 *   stress     (points, 6)            out
 *   tangent    (points, 6, 6)         out: [i, j] is the derivative of stress i by strain j; NULL if not wanted.
 *                                     Symmetric, unless the law of a phase says otherwise
 *   state      (points, state size)   out; may be the array old_state itself
 *   threads    cores that share the points
 * Points that find no equilibrium have stress and tangent NaN and their old state, bit by bit; so have strains so large
 * that the numbers overflow. The others are complete, the status is LAMINET_NOT_CONVERGED, and the message names the
 * first point that failed and its residuals. On LAMINET_OK all numbers are finite.
 * A strain or state that is not finite is LAMINET_BAD_INPUT: the message names the point, and nothing is written. */
LAMINET_API laminet_status laminet_update_over(const laminet_law* law, size_t points, double duration,
                                               const double* strain, const double* old_state, double* stress,
                                               double* tangent, double* state, int threads);

/* The same where no law of a phase depends on time; where one does, it is LAMINET_BAD_INPUT. */
LAMINET_API laminet_status laminet_update(const laminet_law* law, size_t points, const double* strain,
                                          const double* old_state, double* stress, double* tangent, double* state,
                                          int threads);

/* Whether a law of a phase depends on time, so that updates need a duration. */
LAMINET_API int laminet_rate_dependent(const laminet_law* law);

/* What the last error on this thread was, "" if there was none. Valid until the next call on this thread. */
LAMINET_API const char* laminet_message(void);

/* The version of the library, such as "0.2.0". */
LAMINET_API const char* laminet_version(void);

#ifdef __cplusplus
}
#endif

#endif
