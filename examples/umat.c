/* An Abaqus user material (UMAT) that asks laminet, for solid elements: 3D, plane strain, axisymmetric.
 *
 * Abaqus calls UMAT as Fortran does: every argument by address. Its order is 11, 22, 33, 12, 13, 23, its shear strains
 * are twice the tensor's. Input file:
 *
 *     *MATERIAL, NAME=COMPOSITE
 *     *DEPVAR
 *     331                     <- 6 + 13 leaves; the size is printed in the error if it is too small
 *     *USER MATERIAL, CONSTANTS=1
 *     1000.                   <- how many of the model's units of stress are 1 GPa: 1000 for MPa
 *
 * The environment variable LAMINET_LAW names the file that `laminet export` wrote (default: material.law in the folder
 * of the job). An increment without equilibrium, or a strain that is not finite, asks Abaqus for half of it (PNEWDT).
 * Strains are small: under NLGEOM rotations must stay small too.
 *
 * Other hosts call it too. Only these arguments are read, and must be there: STRESS, STATEV, STRAN, DSTRAN, NDI, NSHR,
 * NTENS, NSTATV, PROPS, NPROPS. DDSDDE, SSE and PNEWDT may be null, all others may be anything. Without PNEWDT, a
 * point that fails has a stress and DDSDDE of NaN, so that the host's own iteration cannot end there. Compile with
 * -DUMAT=umat for a host that looks for that name, with -DPLACES=0,1,2,5,3,4 for one that orders shear 12, 23, 13
 * (Kratos). It is C99 and C++.
 */
#include <laminet.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef UMAT
#define UMAT umat_ /* as Fortran compilers name UMAT */
#endif
#ifndef PLACES
#define PLACES 0, 1, 2, 5, 4, 3 /* of the host's components in Mandel vectors */
#endif

static laminet_law *law = NULL;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void stop(const char *what) {
  fprintf(stderr, "UMAT of laminet: %s\n", what);
  exit(1);
}

static void read_law(void) {
  const char *file = getenv("LAMINET_LAW");
  if (laminet_law_read(file != NULL ? file : "material.law", NULL, &law) != LAMINET_OK) stop(laminet_message());
}

/* The host must not continue with this increment. Ask for half of it; if the host cannot be asked, return NaN. */
static void fail(double *pnewdt, double *stress, double *ddsdde, int size) {
  int i;
  if (pnewdt != NULL) {
    *pnewdt = 0.5; /* stress and state are the old ones */
    return;
  }
  for (i = 0; i < size; ++i) stress[i] = NAN;
  for (i = 0; ddsdde != NULL && i < size * size; ++i) ddsdde[i] = NAN;
}

#ifdef __cplusplus
extern "C"
#endif
void UMAT(double *stress, double *statev, double *ddsdde, double *sse, double *spd, double *scd, double *rpl,
          double *ddsddt, double *drplde, double *drpldt, const double *stran, const double *dstran,
          const double *time, const double *dtime, const double *temp, const double *dtemp, const double *predef,
          const double *dpred, const char *cmname, const int *ndi, const int *nshr, const int *ntens,
          const int *nstatv, const double *props, const int *nprops, const double *coords, const double *drot,
          double *pnewdt, const double *celent, const double *dfgrd0, const double *dfgrd1, const int *noel,
          const int *npt, const int *layer, const int *kspt, const int *kstep, const int *kinc) {
  static const int place[6] = {PLACES};
  const double root = sqrt(2.0);
  double strain[6] = {0.0}, mandel[6], tangent[36], work = 0.0, unit;
  laminet_status status;
  int i, j, size, finite = 1;
  (void)spd, (void)scd, (void)rpl, (void)ddsddt, (void)drplde, (void)drpldt, (void)time, (void)dtime, (void)temp;
  (void)dtemp, (void)predef, (void)dpred, (void)cmname, (void)coords, (void)drot, (void)celent, (void)dfgrd0;
  (void)dfgrd1, (void)noel, (void)npt, (void)layer, (void)kspt, (void)kstep, (void)kinc;

  pthread_once(&once, read_law);
  if (stress == NULL || statev == NULL || stran == NULL || dstran == NULL || ndi == NULL || nshr == NULL ||
      ntens == NULL || nstatv == NULL || props == NULL || nprops == NULL)
    stop("needs STRESS, STATEV, STRAN, DSTRAN, NDI, NSHR, NTENS, NSTATV, PROPS and NPROPS; one of them is null");
  if (*ndi != 3 || (*nshr != 1 && *nshr != 3) || *ntens != *ndi + *nshr)
    stop("needs elements with three direct stresses and one or three shear stresses (no plane stress, no beams)");
  if (*nprops < 1 || !(isfinite(props[0]) && props[0] > 0.0))
    stop("needs one constant: units of stress for 1 GPa, such as 1000.");
  if (*nstatv < 0 || (size_t)*nstatv < laminet_state_size(law)) {
    fprintf(stderr, "UMAT of laminet: *DEPVAR is %d; it must be %lu\n", *nstatv,
            (unsigned long)laminet_state_size(law));
    exit(1);
  }
  unit = props[0];
  size = *ntens;
  for (i = 0; i < size; ++i) {
    strain[place[i]] = (stran[i] + dstran[i]) / (i < 3 ? 1.0 : root);
    if (!isfinite(strain[place[i]])) finite = 0;
  }
  status = finite ? laminet_update(law, 1, strain, statev, mandel, ddsdde != NULL ? tangent : NULL, statev, 1)
                  : LAMINET_NOT_CONVERGED;
  if (status == LAMINET_NOT_CONVERGED) {
    fail(pnewdt, stress, ddsdde, size);
    return;
  }
  if (status != LAMINET_OK) stop(laminet_message());
  for (i = 0; i < size; ++i) work += 0.5 * stress[i] * dstran[i];
  for (i = 0; i < size; ++i) {
    const double row = i < 3 ? 1.0 : root;
    stress[i] = unit * mandel[place[i]] / row;
    for (j = 0; ddsdde != NULL && j < size; ++j) /* column by column, as Fortran has it */
      ddsdde[j * size + i] = unit * tangent[6 * place[i] + place[j]] / (row * (j < 3 ? 1.0 : root));
  }
  for (i = 0; i < size; ++i) work += 0.5 * stress[i] * dstran[i];
  if (sse != NULL) *sse += work; /* all the work of the stresses, stored and dissipated together */
}
