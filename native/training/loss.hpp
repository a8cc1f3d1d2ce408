// Losses of a stiffness against its reference, sample by sample, with their cotangents; errors for the history.
#pragma once

#include <numbers>

#include "training/network.hpp"

namespace laminet {

enum class Loss { frobenius, divergence, frobenius_voigt };

inline Lane squared_distance(const Symmetric& a, const Symmetric& b) {
  Symmetric difference;
  for (int k = 0; k < packed_size; ++k) difference.entry[k] = a.entry[k] - b.entry[k];
  return contract(difference, difference);
}

// |C - Chat|^2 / |C|^2: its root is one term of Eq. 33, half of it one term of Eq. 9.
inline Lane squared_error(const Symmetric& predicted, const SampleGroup& group) {
  return group.scale * squared_distance(predicted, group.reference);
}

// (1/12) [tr(Chat C^-1) + tr(Chat^-1 C) - 12].
inline Lane divergence(const Symmetric& predicted, const SampleGroup& group) {
  const Lane traces = contract(predicted, group.reference_inverse) + contract(inverse(predicted), group.reference);
  return (traces - 12.0) / 12.0;
}

// The Voigt matrix of a Mandel one: rows and columns of shear components over sqrt(2).
inline Symmetric voigt(const Symmetric& mandel) {
  Symmetric result;
  for (int i = 0; i < 6; ++i)
    for (int j = i; j < 6; ++j) result(i, j) = (j < 3 ? 1.0 : i < 3 ? std::numbers::sqrt2 / 2.0 : 0.5) * mandel(i, j);
  return result;
}

inline Lane loss_value(Loss loss, const Symmetric& predicted, const SampleGroup& group) {
  if (loss == Loss::divergence) return divergence(predicted, group);
  if (loss == Loss::frobenius) return 0.5 * squared_error(predicted, group);
  const Symmetric reference = voigt(group.reference);
  return 0.5 * squared_distance(voigt(predicted), reference) / contract(reference, reference);
}

// Derivative of `scale` times the loss of every sample with respect to the predicted stiffness.
inline Symmetric loss_cotangent(Loss loss, const Symmetric& predicted, const SampleGroup& group, const Lane& scale) {
  Symmetric cotangent;
  if (loss == Loss::divergence) {
    const Symmetric back = sandwich(inverse(predicted), group.reference);
    for (int k = 0; k < packed_size; ++k)
      cotangent.entry[k] = scale * (group.reference_inverse.entry[k] - back.entry[k]) / 12.0;
    return cotangent;
  }
  const Symmetric reference = voigt(group.reference);
  const Lane relative = scale * (loss == Loss::frobenius ? group.scale : 1.0 / contract(reference, reference));
  for (int k = 0; k < packed_size; ++k) cotangent.entry[k] = relative * (predicted.entry[k] - group.reference.entry[k]);
  return loss == Loss::frobenius ? cotangent : voigt(voigt(cotangent));
}

}  // namespace laminet
