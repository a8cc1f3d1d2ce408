/* User materials that behave in strange ways, for test_strange_user_materials.py. All are linear elastic, with stress in
 * MPa: props[0] is lame, props[1] the shear modulus. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void xit_(void);
void stdb_abqerr_(const int *, const char *, const int *, const double *, const char *, size_t, size_t);
void sinv_(const double *, double *, double *, const int *, const int *);
void sprinc_(const double *, double *, const int *, const int *, const int *);
void sprind_(const double *, double *, double *, const int *, const int *, const int *);
void rotsig_(const double *, const double *, double *, const int *, const int *, const int *);

#define UMAT(name)                                                                                                     \
  void name(double *stress, double *statev, double *ddsdde, double *sse, double *spd, double *scd, double *rpl,        \
            double *ddsddt, double *drplde, double *drpldt, double *stran, double *dstran, double *time,               \
            double *dtime, double *temp, double *dtemp, double *predef, double *dpred, char *cmname, int *ndi,         \
            int *nshr, int *ntens, int *nstatv, double *props, int *nprops, double *coords, double *drot,              \
            double *pnewdt, double *celent, double *dfgrd0, double *dfgrd1, int *noel, int *npt, int *layer,           \
            int *kspt, int *kstep, int *kinc, size_t length)

static void elastic(double *stress, double *ddsdde, const double *dstran, const double *props) {
  int i, j;
  for (j = 0; j < 6; ++j)
    for (i = 0; i < 6; ++i) {
      ddsdde[6 * j + i] = (i < 3 && j < 3 ? props[0] : 0.0) + (i == j ? (i < 3 ? 2.0 : 1.0) * props[1] : 0.0);
      stress[i] += ddsdde[6 * j + i] * dstran[j];
    }
}

/* Stiffness props[0 ... 35], in the order of Abaqus; counts its calls. */
UMAT(anisotropic_) {
  int i, j;
  for (j = 0; j < 6; ++j)
    for (i = 0; i < 6; ++i) stress[i] += (ddsdde[6 * j + i] = props[6 * j + i]) * dstran[j];
  statev[0] += 1.0;
}

/* All that is passed, into the state. */
UMAT(clock_) {
  const double numbers[] = {time[0], time[1], *dtime, *kinc, kstep[0], *noel, *npt, *ndi, *nshr, *ntens, *nstatv,
                            *nprops, *pnewdt, *celent, drot[0] + drot[4] + drot[8], dfgrd1[0] * dfgrd0[4] * dfgrd1[8],
                            stran[0], dstran[0], stran[3], dstran[3], strncmp(cmname, "RESIN  ", 7) == 0 && length == 80,
                            *sse + *spd + *scd + *rpl + *temp + *dtemp + coords[2] + *predef + *dpred, *layer, *kspt,
                            ddsddt[5] + drplde[5] + *drpldt};
  elastic(stress, ddsdde, dstran, props);
  memcpy(statev, numbers, sizeof numbers);
}

/* Wants increments of at most props[2]; what it has written by then must not count. */
UMAT(cutting_) {
  elastic(stress, ddsdde, dstran, props);
  statev[0] += 1.0;
  if (fabs(dstran[0]) > props[2] || fabs(dstran[1]) > props[2]) {
    *pnewdt = 0.25;
    stress[0] = statev[0] = 1e30;
  }
}

/* NaN in the stress beyond a strain of 0.01; in the state beyond -0.01. */
UMAT(nan_) {
  elastic(stress, ddsdde, dstran, props);
  if (stran[0] + dstran[0] > 0.01) stress[3] = sqrt(-1.0);
  if (stran[0] + dstran[0] < -0.01) statev[0] = sqrt(-1.0);
}

/* Ends the analysis beyond a strain of 0.01: with a message, or without one beyond -0.01. */
UMAT(ending_) {
  const int fatal = -3, whole = 7;
  const double number = 0.25;
  elastic(stress, ddsdde, dstran, props);
  if (stran[0] + dstran[0] > 0.01)
    stdb_abqerr_(&fatal, "%S has %I of %R, 100% sure", &whole, &number, "resin   ", 26, 8);
  if (stran[0] + dstran[0] < -0.01) xit_();
}

/* Ends the program beyond a strain of 0.01. */
UMAT(stopping_) {
  elastic(stress, ddsdde, dstran, props);
  if (stran[0] + dstran[0] > 0.01) exit(0);
}

UMAT(writing_beyond_) {
  elastic(stress, ddsdde, dstran, props);
  statev[*nstatv] = 1.0;
}

UMAT(reading_beyond_) {
  elastic(stress, ddsdde, dstran, props);
  if (dstran[0] > 0.01) stress[0] -= 1e-3 * props[*nprops];
}

/* As one for finite strains, it does not look at DSTRAN. */
UMAT(finite_) {
  double unused[6] = {0};
  elastic(unused, ddsdde, dstran, props);
}

/* Shear in another order in DDSDDE than in the stress. */
UMAT(disordered_) {
  static const int place[6] = {0, 1, 2, 5, 4, 3};
  double right[36];
  int i, j;
  for (j = 0; j < 6; ++j)
    for (i = 0; i < 6; ++i) stress[i] += (right[6 * j + i] = props[6 * j + i]) * dstran[j];
  for (j = 0; j < 6; ++j)
    for (i = 0; i < 6; ++i) ddsdde[6 * place[j] + place[i]] = right[6 * j + i];
}

UMAT(no_tangent_) {
  double unused[36];
  elastic(stress, unused, dstran, props);
}

/* statev[0] tells how many were in here at once. */
UMAT(counting_) {
  static int inside = 0;
  const int count = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
  elastic(stress, ddsdde, dstran, props);
  usleep(50);
  statev[0] = fmax(statev[0], count);
  __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
}

/* What Abaqus' routines say of the stress props[2 ... 7] and of the rotation props[8 ... 16]. */
UMAT(utilities_) {
  static const int kind_stress = 1, kind_strain = 2;
  elastic(stress, ddsdde, dstran, props);
  sinv_(props + 2, statev, statev + 1, ndi, nshr);
  sprinc_(props + 2, statev + 2, &kind_stress, ndi, nshr);
  sprind_(props + 2, statev + 5, statev + 8, &kind_strain, ndi, nshr);
  rotsig_(props + 2, props + 8, statev + 17, &kind_stress, ndi, nshr);
  rotsig_(props + 2, props + 8, statev + 23, &kind_strain, ndi, nshr);
}

/* Viscous: stress by the strain rate, so that it depends on DTIME alone. */
UMAT(viscous_) {
  double nothing[6] = {0}, rate[6];
  int i;
  for (i = 0; i < 6; ++i) rate[i] = dstran[i] / *dtime;
  elastic(nothing, ddsdde, rate, props);
  memcpy(stress, nothing, sizeof nothing);
  for (i = 0; i < 36; ++i) ddsdde[i] /= *dtime;
}

#ifdef MISSING
void missing_(void);
UMAT(lacking_) { missing_(); }
#endif
