/* J2 plasticity with isotropic hardening as a user material of Abaqus (UMAT) in C: the law `j2` of laminet, as a template
 * for your own. See docs/laws.md, 'Your UMAT as a phase law'.
 *
 * Properties: Young's modulus, Poisson's ratio, and of the yield stress initial + linear p + saturation (1 - exp(-rate p))
 * its four constants. State variable: the equivalent plastic strain p.
 */
#include <math.h>

void umat_(double *stress, double *statev, double *ddsdde, double *sse, double *spd, double *scd, double *rpl,
           double *ddsddt, double *drplde, double *drpldt, const double *stran, const double *dstran,
           const double *time, const double *dtime, const double *temp, const double *dtemp, const double *predef,
           const double *dpred, const char *cmname, const int *ndi, const int *nshr, const int *ntens,
           const int *nstatv, const double *props, const int *nprops, const double *coords, const double *drot,
           double *pnewdt, const double *celent, const double *dfgrd0, const double *dfgrd1, const int *noel,
           const int *npt, const int *layer, const int *kspt, const int *kstep, const int *kinc) {
  const double young = props[0], poisson = props[1], initial = props[2], linear = props[3], saturation = props[4],
               rate = props[5];
  const double shear = young / (2.0 * (1.0 + poisson)), lame = 2.0 * shear * poisson / (1.0 - 2.0 * poisson);
  const double p = statev[0], trace = dstran[0] + dstran[1] + dstran[2];
  double direction[6], square = 0.0, pressure, trial, ratio = 0.0, along = 0.0, softened;
  int i, j, k;
  (void)sse, (void)spd, (void)scd, (void)rpl, (void)ddsddt, (void)drplde, (void)drpldt, (void)stran, (void)time;
  (void)dtime, (void)temp, (void)dtemp, (void)predef, (void)dpred, (void)cmname, (void)ndi, (void)nshr, (void)ntens;
  (void)nstatv, (void)nprops, (void)coords, (void)drot, (void)celent, (void)dfgrd0, (void)dfgrd1, (void)noel;
  (void)npt, (void)layer, (void)kspt, (void)kstep, (void)kinc;

  /* Elastic trial stress in the order 11, 22, 33, 12, 13, 23; shear strains are twice the tensor's. */
  for (i = 0; i < 6; ++i) stress[i] += i < 3 ? lame * trace + 2.0 * shear * dstran[i] : shear * dstran[i];
  pressure = (stress[0] + stress[1] + stress[2]) / 3.0;
  for (i = 0; i < 6; ++i) {
    direction[i] = stress[i] - (i < 3 ? pressure : 0.0);
    square += (i < 3 ? 1.0 : 2.0) * direction[i] * direction[i];
  }
  trial = sqrt(1.5 * square);

  /* Growth of p: Newton on trial - 3 G growth = yield stress. */
  if (trial > (initial + linear * p + saturation * (1.0 - exp(-rate * p))) * (1.0 + 1e-10)) {
    double growth = 0.0, slope = 0.0, step = 1.0;
    for (k = 0; k < 60 && fabs(step) > 1e-14 * (growth + trial / (3.0 * shear)); ++k) {
      const double decay = exp(-rate * (p + growth));
      slope = linear + saturation * rate * decay;
      step = trial - 3.0 * shear * growth - (initial + linear * (p + growth) + saturation * (1.0 - decay));
      step /= 3.0 * shear + slope;
      growth += step;
    }
    if (k == 60) { /* no solution: half of the increment may have one */
      *pnewdt = 0.5;
      return;
    }
    ratio = growth / trial;
    along = 6.0 * shear * shear * (ratio - 1.0 / (3.0 * shear + slope)) / square;
    for (i = 0; i < 6; ++i) stress[i] -= 3.0 * shear * ratio * direction[i];
    statev[0] = p + growth;
  }

  /* Consistent tangent, column by column. */
  softened = shear * (1.0 - 3.0 * shear * ratio);
  for (j = 0; j < 6; ++j)
    for (i = 0; i < 6; ++i) {
      double *entry = &ddsdde[6 * j + i];
      *entry = along * direction[i] * direction[j];
      if (i < 3 && j < 3) *entry += lame + 2.0 * shear * shear * ratio;
      if (i == j) *entry += i < 3 ? 2.0 * softened : softened;
    }
}
