#include "network.hpp"

#include <algorithm>
#include <numbers>

#include "lane_functions.hpp"

namespace laminet {

namespace {

// Unit normal of the angles 2 pi theta, pi phi of an IMN's node (Sec. 2.2 of the paper).
void imn_normal(const double* sine, const double* cosine, double* normal) {
  normal[0] = cosine[0] * sine[1];
  normal[1] = sine[0] * sine[1];
  normal[2] = cosine[1];
}

// dL/d(theta, phi) from dL/dn.
void imn_normal_adjoint(const double* sine, const double* cosine, const double* slope, double* gradient) {
  gradient[0] = 2.0 * std::numbers::pi * sine[1] * (-sine[0] * slope[0] + cosine[0] * slope[1]);
  gradient[1] = std::numbers::pi *
                (cosine[1] * (cosine[0] * slope[0] + sine[0] * slope[1]) - sine[1] * slope[2]);
}

double dot(const Vector3& a, const Vector3& b) { return a.v[0] * b.v[0] + a.v[1] * b.v[1] + a.v[2] * b.v[2]; }

}  // namespace

Network::Network(Form form, int depth)
    : depth(depth),
      leaves(1 << depth),
      form_(form),
      weight(2 * leaves - 1),
      normal(3 * (leaves - 1)),
      weight_slope(2 * leaves - 1),
      sine(angles_per_node() * rotated_nodes()),
      cosine(sine.size(), 1.0) {
  items_.reserve(2 * leaves - 1);
  if (form_ == Form::imn) return;
  euler.resize(2 * leaves - 1, EulerRotation(sine.data(), cosine.data()));
  accumulated.resize(2 * leaves - 1);
  torques.resize(2 * leaves - 1);
}

void Network::prepare(const double* parameters) {
  const int parents = leaves - 1;
  living = 0;
  for (int leaf = 0; leaf < leaves; ++leaf) {
    weight[parents + leaf] = std::max(parameters[leaf], 0.0);
    living += weight[parents + leaf] > 0.0;
  }
  for (int node = parents - 1; node >= 0; --node) weight[node] = weight[2 * node + 1] + weight[2 * node + 2];
  total = weight[0];
  items_.clear();
  if (living == 0) return;
  compile(0, 0);

  prepare_angles(parameters + leaves);
  if (form_ == Form::imn) {
    for (const Item& item : items_)
      if (item.first >= 0) imn_normal(&sine[2 * item.node], &cosine[2 * item.node], &normal[3 * item.node]);
    return;
  }
  for (int node = 0; node < 2 * leaves - 1; ++node) {
    if (weight[node] <= 0.0) continue;
    euler[node] = EulerRotation(&sine[3 * node], &cosine[3 * node]);
    accumulated[node] = follows(node) ? multiply(euler[node].q, accumulated[(node - 1) / 2]) : euler[node].q;
    if (form_ == Form::reduced && node < parents) std::copy_n(accumulated[node].m[2], 3, &normal[3 * node]);
  }
}

// Sines and cosines of all angles that count, a lane at a time.
void Network::prepare_angles(const double* angle) {
  const int size = angles_per_node();
  const double unit[2] = {2.0 * std::numbers::pi, std::numbers::pi};
  Lane<double> x{}, s, c;
  int place[width<double>], filled = 0;
  const auto finish = [&] {
    sine_cosine(x, s, c);
    for (int k = 0; k < filled; ++k) {
      sine[place[k]] = s[k];
      cosine[place[k]] = c[k];
    }
    filled = 0;
  };
  for (int node = 0; node < rotated_nodes(); ++node) {
    if (weight[node] <= 0.0) continue;
    for (int k = 0; k < size; ++k) {
      place[filled] = size * node + k;
      x[filled] = form_ == Form::imn ? unit[k] * angle[size * node + k] : angle[size * node + k];
      if (++filled == width<double>) finish();
    }
  }
  finish();
}

int Network::compile(int node, int place) {
  const auto add = [&](int first, int second, double fraction) {
    const bool lowest = first >= 0 && items_[first].first < 0 && items_[second].first < 0;
    items_.push_back({node, first, second, place, fraction, lowest});
    return static_cast<int>(items_.size()) - 1;
  };
  if (node >= leaves - 1) return add(-1, -1, 0.0);
  const int left = 2 * node + 1, right = left + 1;
  if (weight[left] <= 0.0) return compile(right, place);
  if (weight[right] <= 0.0) return compile(left, place);
  const int first = compile(left, place), second = compile(right, place + 1);
  return add(first, second, weight[left] / weight[node]);
}

void Network::gradient(const double* parameters, std::span<const double> contributions, double eta, double xi,
                       double* gradient) {
  std::fill_n(gradient, parameter_count(), 0.0);
  const int parents = leaves - 1, nodes = 2 * leaves - 1;
  double* angle_gradient = gradient + leaves;
  std::fill(weight_slope.begin(), weight_slope.end(), 0.0);
  std::fill(torques.begin(), torques.end(), Vector3{});
  weight_slope[0] = 2.0 * eta * (total - xi);

  for (std::size_t k = 0; k < items_.size(); ++k) {
    const Item& item = items_[k];
    const double* part = &contributions[k * contribution_size];
    const double share = weight[item.node] / total;
    if (form_ == Form::literal || (form_ == Form::reduced && item.first < 0))
      torques[item.node] = {{share * part[4], share * part[5], share * part[6]}};
    if (item.first < 0) continue;
    const double f1 = item.fraction, f2 = 1.0 - f1;
    weight_slope[2 * item.node + 1] += part[0] * f2 / total;
    weight_slope[2 * item.node + 2] -= part[0] * f1 / total;
    const double scale = 2.0 * f1 * f2 * share;
    const Vector3 slope{{scale * part[1], scale * part[2], scale * part[3]}};
    if (form_ == Form::imn) {
      imn_normal_adjoint(&sine[2 * item.node], &cosine[2 * item.node], slope.v, angle_gradient + 2 * item.node);
    } else if (form_ == Form::reduced) {  // turning Q by w turns n = Q^T e3 by -w
      const double* n = &normal[3 * item.node];
      torques[item.node] = {{slope.v[1] * n[2] - slope.v[2] * n[1], slope.v[2] * n[0] - slope.v[0] * n[2],
                             slope.v[0] * n[1] - slope.v[1] * n[0]}};
    }
  }

  for (int node = 1; node < nodes; ++node) weight_slope[node] += weight_slope[(node - 1) / 2];
  for (int leaf = 0; leaf < leaves; ++leaf)
    if (parameters[leaf] > 0.0) gradient[leaf] = weight_slope[parents + leaf];

  if (form_ == Form::imn) return;
  for (int node = nodes - 1; node > 0; --node)
    if (follows(node))
      for (int k = 0; k < 3; ++k) torques[(node - 1) / 2].v[k] += torques[node].v[k];
  for (int node = 0; node < nodes; ++node) {
    if (weight[node] <= 0.0) continue;
    Vector3 local = torques[node];
    if (follows(node)) {  // from the frame of the root, or the top of a chain, to that of the node's parent
      const Matrix33& above = accumulated[(node - 1) / 2];
      for (int i = 0; i < 3; ++i) {
        local.v[i] = 0.0;
        for (int j = 0; j < 3; ++j) local.v[i] += above.m[i][j] * torques[node].v[j];
      }
    }
    for (int k = 0; k < 3; ++k) angle_gradient[3 * node + k] = dot(euler[node].axis[k], local);
  }
}

template <class Real>
void Sweep<Real>::prepare(const Network& network, bool aligned) {
  aligned_ = aligned;
  const std::size_t count = network.items_.size();
  stiffness.resize(count);
  Y.resize(count);
  value.resize(count);
  if (network.form_ == Form::imn) return;
  rotation.resize(count);
  of_leaf.resize(count);
  for (std::size_t k = 0; k < count; ++k) {
    const Item& item = network.items_[k];
    const Matrix33& q = network.accumulated[item.node];
    if (item.first < 0 && aligned)
      of_leaf[k] = OrthotropicRotation<Real>(q);
    else if (item.first < 0 || network.form_ == Form::literal)
      rotation[k] = MandelRotation<Real>(q);
  }
}

template <class Real>
template <class Interface, bool keep>
void Sweep<Real>::forward_blocks(const Network& network, const Group<Real>& group) {
  const bool rotated = network.form_ != Form::imn;
  for (std::size_t k = 0; k < network.items_.size(); ++k) {
    const Item& item = network.items_[k];
    Symmetric<Real>& result = stiffness[keep ? static_cast<int>(k) : item.place];
    value[k] = &result;
    if (item.first < 0) {
      const int phase = (item.node - network.leaves + 1) % 2;
      if (!rotated)
        value[k] = &group.phase[phase];
      else if (aligned_)
        turn<Real>(of_leaf[k], group.aligned[phase], result);
      else
        turn<Real, false>(rotation[k], group.phase[phase], result);
      continue;
    }
    const Interface H(&network.normal[3 * item.node]);
    const Symmetric<Real>&first = *value[item.first], &second = *value[item.second];
    Matrix36<Real>* kept = keep ? &Y[k] : nullptr;
    bool sparse = false;
    if constexpr (Interface::turns) {
      sparse = item.lowest && aligned_ && !rotated;
      if (sparse) laminate_forward<Real, Pattern::aligned, keep>(first, second, item.fraction, H, result, kept);
    }
    if (!sparse) laminate_forward<Real, Pattern::full, keep>(first, second, item.fraction, H, result, kept);
    if (network.form_ == Form::literal) turn<Real, false>(rotation[k], result, result);
  }
}

template <class Real>
const Symmetric<Real>& Sweep<Real>::forward(const Network& network, const Group<Real>& group) {
  if (network.form_ == Form::literal)
    forward_blocks<Axis3<Real>, true>(network, group);
  else
    forward_blocks<AnyNormal<Real>, true>(network, group);
  return *value.back();
}

template <class Real>
const Symmetric<Real>& Sweep<Real>::homogenize(const Network& network, const Group<Real>& group) {
  if (network.form_ == Form::literal)
    forward_blocks<Axis3<Real>, false>(network, group);
  else
    forward_blocks<AnyNormal<Real>, false>(network, group);
  return *value.back();
}

template <class Real>
void Sweep<Real>::add_torque(int item, const Symmetric<Real>& cotangent, Sums* contributions) {
  const Torque<Real> found = torque<Real>(*value[item], cotangent);
  for (int k = 0; k < 3; ++k) contributions[item * Network::contribution_size + 4 + k] += doubles<Real>(found.v[k]);
}

template <class Real>
template <class Interface>
void Sweep<Real>::backward_blocks(const Network& network, Sums* contributions) {
  // In the place of an item's stiffness stands its cotangent once its parent has been passed.
  const bool rotated = network.form_ != Form::imn, literal = network.form_ == Form::literal;
  for (int k = static_cast<int>(network.items_.size()) - 1; k >= 0; --k) {
    const Item& item = network.items_[k];
    if (item.first < 0) continue;
    Symmetric<Real>& cotangent = stiffness[k];
    if (literal) turn<Real, true>(rotation[k], cotangent, cotangent);

    const Interface H(&network.normal[3 * item.node]);
    const Symmetric<Real>&C1 = *value[item.first], &C2 = *value[item.second];
    const int child[2] = {item.first, item.second};
    Symmetric<Real> apart[2];
    Symmetric<Real>* slope[2];
    bool turned[2];
    for (int c = 0; c < 2; ++c) {
      const bool leaf = network.items_[child[c]].first < 0;
      turned[c] = literal || (rotated && leaf);  // its own rotation has a gradient
      slope[c] = turned[c] ? &apart[c] : leaf ? nullptr : &stiffness[child[c]];
    }
    BlockGradient<Real> gradient;
    bool sparse = false;
    if constexpr (Interface::turns) {
      sparse = item.lowest && aligned_ && !rotated;
      if (sparse)
        laminate_adjoint<Real, Pattern::aligned>(C1, C2, item.fraction, H, Y[k], cotangent, nullptr, nullptr,
                                                 gradient);
    }
    if (!sparse)
      laminate_adjoint<Real, Pattern::full>(C1, C2, item.fraction, H, Y[k], cotangent, slope[0], slope[1],
                                            gradient);
    Sums* part = contributions + k * Network::contribution_size;
    part[0] += doubles<Real>(gradient.fraction);
    if constexpr (Interface::turns)
      for (int a = 0; a < 3; ++a) part[1 + a] += doubles<Real>(gradient.normal[a]);
    for (int c = 0; c < 2; ++c) {
      if (!turned[c]) continue;
      add_torque(child[c], apart[c], contributions);
      if (network.items_[child[c]].first >= 0) copy(apart[c], stiffness[child[c]]);
    }
  }
}

template <class Real>
void Sweep<Real>::backward(const Network& network, const Symmetric<Real>& cotangent, Sums* contributions) {
  const int root = static_cast<int>(network.items_.size()) - 1;
  const bool leaf = network.items_[root].first < 0;
  if (network.form_ == Form::literal || (network.form_ == Form::reduced && leaf))
    add_torque(root, cotangent, contributions);
  copy(cotangent, stiffness[root]);
  if (network.form_ == Form::literal)
    backward_blocks<Axis3<Real>>(network, contributions);
  else
    backward_blocks<AnyNormal<Real>>(network, contributions);
}

template class Sweep<double>;
template class Sweep<float>;

}  // namespace laminet
