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
 * of the job). An increment without equilibrium asks Abaqus for half of it (PNEWDT). Strains are small: under NLGEOM
 * rotations must stay small too.
 */
#include <laminet.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

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

void umat_(double *stress, double *statev, double *ddsdde, double *sse, double *spd, double *scd, double *rpl,
           double *ddsddt, double *drplde, double *drpldt, const double *stran, const double *dstran,
           const double *time, const double *dtime, const double *temp, const double *dtemp, const double *predef,
           const double *dpred, const char *cmname, const int *ndi, const int *nshr, const int *ntens,
           const int *nstatv, const double *props, const int *nprops, const double *coords, const double *drot,
           double *pnewdt, const double *celent, const double *dfgrd0, const double *dfgrd1, const int *noel,
           const int *npt, const int *layer, const int *kspt, const int *kstep, const int *kinc) {
  static const int place[6] = {0, 1, 2, 5, 4, 3}; /* of Abaqus's components in Mandel vectors */
  const double root = sqrt(2.0);
  double strain[6] = {0.0}, mandel[6], tangent[36], work = 0.0, unit;
  laminet_status status;
  int i, j;
  (void)spd, (void)scd, (void)rpl, (void)ddsddt, (void)drplde, (void)drpldt, (void)time, (void)dtime, (void)temp;
  (void)dtemp, (void)predef, (void)dpred, (void)cmname, (void)coords, (void)drot, (void)celent, (void)dfgrd0;
  (void)dfgrd1, (void)noel, (void)npt, (void)layer, (void)kspt, (void)kstep, (void)kinc;

  pthread_once(&once, read_law);
  if (*ndi != 3 || *ntens != *ndi + *nshr) stop("needs elements with three direct stresses (no plane stress, no beams)");
  if (*nprops < 1 || !(props[0] > 0.0)) stop("needs one constant: units of stress for 1 GPa, such as 1000.");
  if ((size_t)*nstatv < laminet_state_size(law)) {
    fprintf(stderr, "UMAT of laminet: *DEPVAR is %d; it must be %lu\n", *nstatv,
            (unsigned long)laminet_state_size(law));
    exit(1);
  }
  unit = props[0];
  for (i = 0; i < *ntens; ++i) strain[place[i]] = (stran[i] + dstran[i]) / (i < 3 ? 1.0 : root);
  status = laminet_update(law, 1, strain, statev, mandel, tangent, statev, 1);
  if (status == LAMINET_NOT_CONVERGED) {
    *pnewdt = 0.5; /* stress and state are the old ones */
    return;
  }
  if (status != LAMINET_OK) stop(laminet_message());
  for (i = 0; i < *ntens; ++i) work += 0.5 * stress[i] * dstran[i];
  for (i = 0; i < *ntens; ++i) {
    const double row = i < 3 ? 1.0 : root;
    stress[i] = unit * mandel[place[i]] / row;
    for (j = 0; j < *ntens; ++j) /* column by column, as Fortran has it */
      ddsdde[j * *ntens + i] = unit * tangent[6 * place[i] + place[j]] / (row * (j < 3 ? 1.0 : root));
  }
  for (i = 0; i < *ntens; ++i) work += 0.5 * stress[i] * dstran[i];
  *sse += work; /* all the work of the stresses: what of it is stored is not told apart */
}
