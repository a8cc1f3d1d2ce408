// The adjoint of the prediction of curves, backwards through the increments that a group took.
//
// Along an increment, let e be the adjoint strains of the leaves, m those of their states divided by the weights, and
// L the sum of c . S over the steps, where S is the macroscopic stress. Differentiated with respect to strains,
//   sigma~ = K^T e + (dstate/dstrain)^T m
// must balance at the interfaces and vanish in the free components of the macroscopic stress, while e is compatible and
// has c as its macroscopic components that are prescribed. That is the linear problem of a Newton step. Its solution
// gives m of the increment before, (dsigma/dold)^T e + (dstate/dold)^T m, and what a block of the weight w adds to
// the gradient:
//   dL/df1 = w [P1 - P2 - sigma~ . H a - sigma . H a~],  P = e . sigma,
//   dL/dn  = w f1 f2 [(sigma~1 - sigma~2) a + (sigma1 - sigma2) a~],
// with averages of its children and the jumps H a = eps1 - eps2, H a~ = e1 - e2. The short form of the elastic adjoint
// (block.hpp) uses the stationarity of the energy and does not hold here.
#pragma once

#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "training/curve_group.hpp"
#include "training/network.hpp"

namespace laminet {

// Derivative with respect to a rotation vector w of (W a) . b, where W a is the change of the Mandel vector a by
// q -> q (1 + [w]x): twice the axial vector of the commutator of the symmetric tensors.
inline std::array<Lane, 3> torque(const Lanes<6>& a, const Lanes<6>& b) {
  const auto minor = [&](int i, int j) { return a[i] * b[j] - b[i] * a[j]; };
  const auto about = [&](int p, int q, int s, int t, int u) {  // as that of two symmetric matrices
    return std::sqrt(2.0) * (minor(p, s) + minor(s, q)) + minor(u, t);
  };
  return {about(1, 2, 3, 4, 5), about(2, 0, 4, 5, 3), about(0, 1, 5, 3, 4)};
}

class CurveAdjoint {
 public:
  CurveAdjoint(const ActiveTree& tree, const std::vector<LaneLaw>& laws)
      : tree(tree), laws(laws), sweeps(tree), field(tree.nodes()), after(laws.size()) {}

  // Adds to the contributions of every node (see Network::gradient) those of the sum of the curves' relative errors.
  void backward(std::span<const TrainingCurve> curves, const std::vector<Round>& rounds, Lane* contributions) {
    after.assign(laws.size(), {});
    GroupTarget load;
    double scale[width] = {};
    for (std::size_t place = 0; place < curves.size(); ++place) {
      for (int i = 0; i < 6; ++i) load.prescribed[i][place] = curves[place].path.prescribed[i] ? -1 : 0;
      if (curves[place].failed()) continue;
      const auto [target, difference] = curves[place].norms();
      if (difference > 0.0) scale[place] = 1.0 / (target * difference);
    }
    for (std::size_t round = rounds.size(); round-- > 1;) {
      load.strain = {};
      for (std::size_t place = 0; place < curves.size(); ++place) {
        const std::size_t first = 6 * rounds[round].completed[place];
        if (first == 0 || scale[place] == 0.0) continue;
        const double *stress = curves[place].stress + first - 6, *target = curves[place].target + first - 6;
        for (int i = 0; i < 6; ++i)
          if (!std::isnan(target[i])) load.strain[i][place] = scale[place] * (stress[i] - target[i]);
      }
      backward(rounds[round - 1].leaves, rounds[round].leaves, load, contributions);
    }
  }

 private:
  // Averages of a node.
  struct Field {
    Lanes<6> strain, stress, adjoint_stress;
    Lane work;  // P
  };

  void backward(const std::vector<LeafState>& before, const std::vector<LeafState>& now, const GroupTarget& load,
                Lane* contributions) {
    for (std::size_t k = 0; k < laws.size(); ++k) {
      const int node = tree.leaves[k].node;
      Group::Law& law = sweeps.law[node];
      field[node].strain = now[k].strain;
      laws[k].linearise<Group>(now[k].strain, before[k].state, now[k].state, after[k], field[node].stress, law.C,
                               law.s);
    }
    sweeps.up();
    sweeps.node[0] = root_strain(sweeps.law[0], load);
    sweeps.down();
    for (std::size_t k = 0; k < laws.size(); ++k) {
      const int node = tree.leaves[k].node;
      const Lanes<6>& adjoint_strain = sweeps.node[node];
      Field& of = field[node];
      of.adjoint_stress = combined(sweeps.law[node].C, adjoint_strain) + sweeps.law[node].s;
      of.work = dot(adjoint_strain, of.stress);
      const Lanes<7> old =
          laws[k].adjoint<Group>(of.stress, before[k].state, now[k].state, adjoint_strain, after[k], of.adjoint_stress);
      if (!tree.leaf_R.empty()) {  // the law turns, and with it the strain in its state
        Lane* part = contributions + node * Network::contribution_size + 4;
        const auto add = [&](const Lanes<6>& a, const Lanes<6>& b) {
          const std::array<Lane, 3> of_pair = torque(a, b);
          for (int i = 0; i < 3; ++i) part[i] += of_pair[i];
        };
        add(adjoint_strain, of.stress);
        add(of.strain, of.adjoint_stress);
        add(strain_of(after[k]), strain_of(now[k].state));
        add(strain_of(before[k].state), strain_of(old));
      }
      after[k] = old;
    }
    for (std::size_t b = tree.blocks.size(); b-- > 0;) add_block(tree.blocks[b], contributions);
  }

  void add_block(const Block& block, Lane* contributions) {
    const Field &first = field[block.first], &second = field[block.second];
    Field& of = field[block.parent];
    const auto average = [&](const auto& a, const auto& b) { return block.f1 * a + block.f2 * b; };
    of.strain = average(first.strain, second.strain);
    of.stress = average(first.stress, second.stress);
    of.adjoint_stress = average(first.adjoint_stress, second.adjoint_stress);
    of.work = average(first.work, second.work);
    const Lanes<6> jump = first.strain - second.strain;
    const Lanes<6> adjoint_jump = sweeps.node[block.first] - sweeps.node[block.second];
    Lane* part = contributions + block.parent * Network::contribution_size;
    part[0] += first.work - second.work - dot(of.adjoint_stress, jump) - dot(of.stress, adjoint_jump);
    const AnyNormal H(block.normal);
    add_normal(H, first.adjoint_stress - second.adjoint_stress, jump, part + 1);
    add_normal(H, first.stress - second.stress, adjoint_jump, part + 1);
  }

  // Adds half of the stress times the vector a of the jump H a: with d = (H a) n, a is 2 d - (d . n) n.
  static void add_normal(const AnyNormal& H, const Lanes<6>& stress, const Lanes<6>& jump, Lane* part) {
    Lane d[3], a[3];
    H.traction([&](int i) { return jump[i]; }, d);
    const Lane along = H.n[0] * d[0] + H.n[1] * d[1] + H.n[2] * d[2];
    for (int i = 0; i < 3; ++i) a[i] = d[i] - 0.5 * along * H.n[i];
    part[0] += stress[0] * a[0] + half_sqrt * (stress[5] * a[1] + stress[4] * a[2]);
    part[1] += stress[1] * a[1] + half_sqrt * (stress[5] * a[0] + stress[3] * a[2]);
    part[2] += stress[2] * a[2] + half_sqrt * (stress[4] * a[0] + stress[3] * a[1]);
  }

  const ActiveTree& tree;
  const std::vector<LaneLaw>& laws;  // of the leaves
  Sweeps<Group> sweeps;
  std::vector<Field> field;     // of every node
  std::vector<Lanes<7>> after;  // m of the leaves' states after the increment
};

}  // namespace laminet
