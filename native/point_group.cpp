#include "point_group.hpp"

#include <algorithm>
#include <cmath>

#include "lane_functions.hpp"

namespace laminet {

namespace {

using Numbers = PointGroup::Numbers;
using Mask = PointGroup::Mask;

// x turned by R, or back by R^T.
void turn(const Rows& R, Numbers* x, bool back) {
  Numbers turned[6];
  for (int i = 0; i < 6; ++i) {
    turned[i] = Numbers{};
    for (int j = 0; j < 6; ++j) turned[i] += (back ? R.row[j][i] : R.row[i][j]) * x[j];
  }
  std::copy_n(turned, 6, x);
}

// The block of linear.cpp on symmetric matrices: laws [C | s] of two children to the law and the jump of their parent.
template <class Affine, class Jump>
inline void laminate(const Affine& X1, const Affine& X2, const Block& block, Affine& X, Jump& jump) {
  const AnyNormal H(block.normal);
  const double f1 = block.f1, f2 = block.f2;
  Numbers T[3][6], Ts[3], HtC[3][6], ds[6], M[3][3];
  for (int j = 0; j < 6; ++j) {
    Numbers t[3], c[3];
    H.traction([&](int i) { return X2.C(i, j) - X1.C(i, j); }, t);
    H.traction([&](int i) { return X1.C(i, j); }, c);
    for (int a = 0; a < 3; ++a) {
      T[a][j] = t[a];
      HtC[a][j] = c[a] + f1 * t[a];
    }
    ds[j] = X2.s[j] - X1.s[j];
  }
  H.traction([&](int i) { return ds[i]; }, Ts);
  for (int a = 0; a < 3; ++a) H.traction([&](int i) { return HtC[a][i]; }, M[a]);
  const Numbers p0 = 1.0 / M[0][0];
  const Numbers l10 = M[0][1] * p0, l20 = M[0][2] * p0;
  const Numbers p1 = 1.0 / (M[1][1] - l10 * M[0][1]), c21 = M[1][2] - l20 * M[0][1], l21 = c21 * p1;
  const Numbers p2 = 1.0 / (M[2][2] - l20 * M[0][2] - l21 * c21);
  const auto solve = [&](const Numbers& t0, const Numbers& t1, const Numbers& t2, Numbers& y0, Numbers& y1,
                         Numbers& y2) {
    const Numbers r1 = t1 - l10 * t0;
    y2 = (t2 - l20 * t0 - l21 * r1) * p2;
    y1 = r1 * p1 - l21 * y2;
    y0 = t0 * p0 - l10 * y1 - l20 * y2;
  };
  for (int j = 0; j < 6; ++j) solve(T[0][j], T[1][j], T[2][j], jump.Y[0][j], jump.Y[1][j], jump.Y[2][j]);
  solve(Ts[0], Ts[1], Ts[2], jump.s[0], jump.s[1], jump.s[2]);
  const double both = f1 * f2;
  for (int i = 0; i < 6; ++i) {
    const Numbers t0 = both * T[0][i], t1 = both * T[1][i], t2 = both * T[2][i];
    for (int j = i; j < 6; ++j)
      X.C(i, j) = f1 * X1.C(i, j) + f2 * X2.C(i, j) - (t0 * jump.Y[0][j] + t1 * jump.Y[1][j] + t2 * jump.Y[2][j]);
    X.s[i] = X1.s[i] + f2 * ds[i] - (t0 * jump.s[0] + t1 * jump.s[1] + t2 * jump.s[2]);
  }
}

}  // namespace

PointGroup::PointGroup(const ActiveTree& tree, const Law& phase_1, const Law& phase_2, Settings settings)
    : tree(tree),
      laws{phase_1, phase_2},
      settings(settings),
      elastic(tree.leaves.size()),
      leaves(tree.leaves.size()),
      law(tree.nodes()),
      jump(tree.blocks.size()),
      node(tree.nodes()) {
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    const Law& own = laws[tree.leaves[k].phase];
    Rows C = own.stiffness;
    if (!own.plastic && !tree.leaf_R.empty()) C = turned_back(tree.leaf_R[k], C);
    for (int i = 0; i < 6; ++i)
      for (int j = i; j < 6; ++j) elastic[k](i, j) = broadcast(C.row[i][j]);
    law[tree.leaves[k].node].C = elastic[k];
  }
}

void PointGroup::read(const PointUpdate& update, std::size_t first, int count) {
  const std::size_t state_size = 6 + 13 * leaves.size();
  for (int lane = 0; lane < size; ++lane) {  // places beyond the last point repeat it
    const std::size_t point = first + std::min(lane, count - 1);
    const double* state = update.old_state + point * state_size;
    for (int i = 0; i < 6; ++i) to_go[i][lane] = update.strain[6 * point + i] - state[i];
    for (std::size_t k = 0; k < leaves.size(); ++k) {
      const double* own = state + 6 + 13 * k;
      for (int i = 0; i < 6; ++i) leaves[k].start[i][lane] = own[i];
      for (int i = 0; i < 6; ++i) leaves[k].plastic[i][lane] = own[6 + i];
      leaves[k].hardened[lane] = own[12];
    }
  }
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    if (!tree.leaf_R.empty()) {
      turn(tree.leaf_R[k], leaves[k].start, true);
      turn(tree.leaf_R[k], leaves[k].plastic, true);
    }
    for (int i = 0; i < 6; ++i) leaves[k].change[i] = settings.uniform_guess ? to_go[i] : Numbers{};
  }
  for (int i = 0; i < 6; ++i) root[i] = settings.uniform_guess ? Numbers{} : to_go[i];
}

void PointGroup::update(const PointUpdate& update, std::size_t first, int count) {
  read(update, first, count);
  for (std::size_t k = 0; k < leaves.size(); ++k) respond(k);
  Mask active = to_go[0] == to_go[0], done = active & ~active;
  for (int number = 1; number <= settings.max_iterations && any(active); ++number) {
    up();
    const Progress progress = down(active);
    std::fill_n(root, 6, Numbers{});
    const Numbers least = settings.tolerance * square_root(progress.size);
    const Numbers rounding = NetworkSystem::rounding * square_root(progress.strain);
    const Mask settled = square_root(progress.change) <= select(least > rounding, least, rounding);
    done |= active & settled & finite(progress.up);
    active &= ~settled & finite(progress.up);
    const Mask grows = (progress.up > -progress.down) & (-progress.down > NetworkSystem::slope_rounding * progress.work);
    if (number > 1) active &= ~grows;
  }
  if (update.tangent != nullptr && any(done)) {
    up();
    for (const auto& entry : law[0].C.entry) done &= finite(entry);
  }
  write(update, first, count, done);
}

// The law of a leaf at its strain: see Law::respond.
void PointGroup::respond(std::size_t k) {
  LeafPoints& at = leaves[k];
  const Law& own = laws[tree.leaves[k].phase];
  Numbers strain[6];
  for (int i = 0; i < 6; ++i) strain[i] = at.start[i] + at.change[i];
  if (!own.plastic) {
    for (int i = 0; i < 6; ++i) {
      at.stress[i] = elastic[k](i, 0) * strain[0];
      for (int j = 1; j < 6; ++j) at.stress[i] += elastic[k](i, j) * strain[j];
    }
    return;
  }
  const double two_g = 2.0 * own.shear, lame = own.stiffness.row[0][1];
  for (int i = 0; i < 6; ++i) strain[i] -= at.plastic[i];
  const Numbers trace = strain[0] + strain[1] + strain[2], third = trace / 3.0;
  Numbers deviator[6], square{};
  for (int i = 0; i < 6; ++i) {
    deviator[i] = two_g * (i < 3 ? strain[i] - third : strain[i]);
    at.stress[i] = two_g * strain[i] + (i < 3 ? lame * trace : Numbers{});
    square += deviator[i] * deviator[i];
  }
  const Numbers length = square_root(square), mises = std::sqrt(1.5) * length;
  Numbers slope;
  const Mask flows = mises > yield_stress(own.hardening, at.hardened, slope) * (1.0 + Law::yield_margin);
  if (!any(flows)) {
    at.along = at.across = at.multiplier = Numbers{};
    for (int i = 0; i < 6; ++i) at.flow[i] = at.direction[i] = Numbers{};
    return;
  }
  at.multiplier = plastic_increment(own, mises, at.hardened, flows, slope);
  for (int i = 0; i < 6; ++i) {
    at.direction[i] = select(flows, deviator[i] / length, Numbers{});
    at.flow[i] = (std::sqrt(1.5) * at.multiplier) * at.direction[i];
    at.stress[i] -= two_g * at.flow[i];
  }
  const double six_g2 = 6.0 * own.shear * own.shear;
  const Numbers ratio = select(flows, at.multiplier / mises, Numbers{});
  at.along = select(flows, six_g2 * (ratio - 1.0 / (3.0 * own.shear + slope)), Numbers{});
  at.across = six_g2 * ratio;
}

Numbers PointGroup::yield_stress(const Hardening& h, const Numbers& p, Numbers& slope) const {
  const Numbers decay = h.saturation == 0.0 ? Numbers{} : falling_exponential(h.rate * p);
  slope = h.linear + (h.saturation * h.rate) * decay;
  return h.initial + h.linear * p + h.saturation * (1.0 - decay);
}

// As Law::plastic_increment, each place until its own tolerance; zero where nothing flows.
Numbers PointGroup::plastic_increment(const Law& own, const Numbers& mises, const Numbers& p, const Mask& flows,
                                      Numbers& slope) const {
  const double three_g = 3.0 * own.shear;
  Numbers increment{};
  Mask going = flows;
  for (int k = 0; k < Law::yield_iterations && any(going); ++k) {
    Numbers steepness;
    const Numbers excess = mises - three_g * increment - yield_stress(own.hardening, p + increment, steepness);
    const Numbers step = excess / (three_g + steepness);
    slope = select(going, steepness, slope);
    increment = select(going, increment + step, increment);
    going &= ~(absolute(step) <= Law::yield_tolerance * (increment + mises / three_g));
  }
  return select(going, broadcast(std::nan("")), increment);
}

// Laws of all nodes, from the leaves' tangents and stresses.
void PointGroup::up() {
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    const LeafPoints& at = leaves[k];
    const Law& own = laws[tree.leaves[k].phase];
    Affine& X = law[tree.leaves[k].node];
    std::copy_n(at.stress, 6, X.s);
    if (!own.plastic) continue;
    const double direct = own.stiffness.row[0][0], lame = own.stiffness.row[0][1], two_g = 2.0 * own.shear;
    const Numbers two_thirds = at.across * (2.0 / 3.0), third = at.across / 3.0;
    for (int i = 0; i < 6; ++i) {
      const Numbers along = at.along * at.direction[i];
      for (int j = i; j < 6; ++j) {
        X.C(i, j) = along * at.direction[j];
        if (j < 3) X.C(i, j) += i == j ? direct - two_thirds : lame + third;
        if (j >= 3 && i == j) X.C(i, j) += two_g - at.across;
      }
    }
  }
  for (std::size_t b = tree.blocks.size(); b-- > 0;) {
    const Block& block = tree.blocks[b];
    laminate(law[block.first], law[block.second], block, law[block.parent], jump[b]);
  }
}

// The Newton step of the active places, and the leaves' laws at its end.
PointGroup::Progress PointGroup::down(const Mask& active) {
  std::copy_n(root, 6, node[0].place);
  for (std::size_t b = 0; b < tree.blocks.size(); ++b) {
    const Block& block = tree.blocks[b];
    const Numbers* parent = node[block.parent].place;
    Numbers y[3];
    for (int a = 0; a < 3; ++a) {
      y[a] = jump[b].s[a];
      for (int j = 0; j < 6; ++j) y[a] += jump[b].Y[a][j] * parent[j];
    }
    const double *n = block.normal, s[3] = {half_sqrt * n[0], half_sqrt * n[1], half_sqrt * n[2]};
    const Numbers difference[6] = {n[0] * y[0],
                                   n[1] * y[1],
                                   n[2] * y[2],
                                   s[2] * y[1] + s[1] * y[2],
                                   s[2] * y[0] + s[0] * y[2],
                                   s[1] * y[0] + s[0] * y[1]};
    for (int i = 0; i < 6; ++i) {
      node[block.first].place[i] = parent[i] + block.f2 * difference[i];
      node[block.second].place[i] = parent[i] - block.f1 * difference[i];
    }
  }
  Progress progress;
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    LeafPoints& at = leaves[k];
    const double weight = tree.leaves[k].weight;
    Numbers step[6], down{}, up{}, stress{}, start{};
    for (int i = 0; i < 6; ++i) {
      step[i] = select(active, node[tree.leaves[k].node].place[i], Numbers{});
      down += at.stress[i] * step[i];
      stress += at.stress[i] * at.stress[i];
      start += at.change[i] * at.change[i];
      at.change[i] += step[i];
      const Numbers whole = at.start[i] + at.change[i];
      progress.change += step[i] * step[i];
      progress.size += at.change[i] * at.change[i];
      progress.strain += whole * whole;
    }
    respond(k);
    for (int i = 0; i < 6; ++i) up += at.stress[i] * step[i];
    progress.down += weight * down;
    progress.up += weight * up;
    progress.work += weight * square_root(stress * start);
  }
  return progress;
}

void PointGroup::write(const PointUpdate& update, std::size_t first, int count, const Mask& done) const {
  const std::size_t state_size = 6 + 13 * leaves.size();
  Numbers stress[6] = {};
  for (std::size_t k = 0; k < leaves.size(); ++k)
    for (int i = 0; i < 6; ++i) stress[i] += (tree.leaves[k].weight / tree.weight) * leaves[k].stress[i];
  for (int lane = 0; lane < count; ++lane) {
    const std::size_t point = first + lane;
    update.converged[point] = done[lane] != 0;
    if (!update.converged[point]) continue;
    for (int i = 0; i < 6; ++i) {
      update.stress[6 * point + i] = stress[i][lane];
      update.state[point * state_size + i] = update.old_state[point * state_size + i] + to_go[i][lane];
      if (update.tangent == nullptr) continue;
      for (int j = 0; j < 6; ++j) update.tangent[36 * point + 6 * i + j] = law[0].C(i, j)[lane];
    }
  }
  for (std::size_t k = 0; k < leaves.size(); ++k) {
    const bool plastic = laws[tree.leaves[k].phase].plastic;
    Numbers change[6], flow[6];
    std::copy_n(leaves[k].change, 6, change);
    std::copy_n(leaves[k].flow, 6, flow);
    if (!tree.leaf_R.empty()) {
      turn(tree.leaf_R[k], change, false);
      if (plastic) turn(tree.leaf_R[k], flow, false);
    }
    for (int lane = 0; lane < count; ++lane) {
      if (!done[lane]) continue;
      const std::size_t place = (first + lane) * state_size + 6 + 13 * k;
      const double* old = update.old_state + place;
      double* own = update.state + place;
      for (int i = 0; i < 6; ++i) own[i] = old[i] + change[i][lane];
      for (int i = 0; i < 6; ++i) own[6 + i] = old[6 + i] + (plastic ? flow[i][lane] : 0.0);
      own[12] = old[12] + (plastic ? leaves[k].multiplier[lane] : 0.0);
    }
  }
}

}  // namespace laminet
