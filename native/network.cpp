#include "network.hpp"

#include <algorithm>
#include <numbers>

namespace laminet {

namespace {

// Unit normal of the angles theta, phi of an IMN's node (Sec. 2.2 of the paper).
void imn_normal(const double* angle, double* normal) {
  const double theta = 2.0 * std::numbers::pi * angle[0], phi = std::numbers::pi * angle[1];
  normal[0] = std::cos(theta) * std::sin(phi);
  normal[1] = std::sin(theta) * std::sin(phi);
  normal[2] = std::cos(phi);
}

// dL/d(theta, phi) from dL/dn.
void imn_normal_adjoint(const double* angle, const double* slope, double* gradient) {
  const double theta = 2.0 * std::numbers::pi * angle[0], phi = std::numbers::pi * angle[1];
  gradient[0] = 2.0 * std::numbers::pi * std::sin(phi) * (-std::sin(theta) * slope[0] + std::cos(theta) * slope[1]);
  gradient[1] = std::numbers::pi * (std::cos(theta) * std::cos(phi) * slope[0] +
                                    std::sin(theta) * std::cos(phi) * slope[1] - std::sin(phi) * slope[2]);
}

double dot(const Vector3& a, const Vector3& b) { return a.v[0] * b.v[0] + a.v[1] * b.v[1] + a.v[2] * b.v[2]; }

}  // namespace

Network::Network(Form form, int depth)
    : depth(depth), leaves(1 << depth), form_(form), weight(2 * leaves - 1), normal(3 * (leaves - 1)) {
  items_.reserve(2 * leaves - 1);
  if (form_ != Form::imn) euler.resize(2 * leaves - 1, EulerRotation(std::vector<double>(3, 0.0).data()));
  if (form_ == Form::reduced) accumulated.resize(2 * leaves - 1);
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

  const double* angle = parameters + leaves;
  if (form_ == Form::imn) {
    for (int node = 0; node < parents; ++node)
      if (weight[node] > 0.0) imn_normal(angle + 2 * node, &normal[3 * node]);
  } else {
    for (int node = 0; node < 2 * leaves - 1; ++node) {
      if (weight[node] <= 0.0) continue;
      euler[node] = EulerRotation(angle + 3 * node);
      if (form_ != Form::reduced) continue;
      accumulated[node] = node == 0 ? euler[0].q : multiply(euler[node].q, accumulated[(node - 1) / 2]);
      if (node < parents) std::copy_n(accumulated[node].m[2], 3, &normal[3 * node]);
    }
  }
  compile(0);
}

int Network::compile(int node) {
  const auto add = [&](int first, int second, double fraction) {
    items_.push_back({node, first, second, fraction});
    return static_cast<int>(items_.size()) - 1;
  };
  if (node >= leaves - 1) return add(-1, -1, 0.0);
  const int left = 2 * node + 1, right = left + 1;
  if (weight[left] > 0.0 && weight[right] > 0.0) {
    const int first = compile(left), second = compile(right);
    return add(first, second, weight[left] / weight[node]);
  }
  const int only = compile(weight[left] > 0.0 ? left : right);
  return form_ == Form::literal ? add(only, -1, 1.0) : only;
}

void Network::gradient(const double* parameters, std::span<const double> contributions, double eta, double xi,
                       double* gradient) const {
  std::fill_n(gradient, parameter_count(), 0.0);
  const int parents = leaves - 1;
  const double* angle = parameters + leaves;
  double* angle_gradient = gradient + leaves;
  // dL/dw of every node by way of the fraction at its parent, and the torque on every node.
  std::vector<double> weight_slope(2 * leaves - 1, 0.0);
  std::vector<Vector3> torques(form_ == Form::imn ? 0 : 2 * leaves - 1, Vector3{});
  weight_slope[0] = 2.0 * eta * (total - xi);

  for (std::size_t k = 0; k < items_.size(); ++k) {
    const Item& item = items_[k];
    const double* part = &contributions[k * contribution_size];
    const Vector3 slope{{part[1], part[2], part[3]}};
    if (item.second >= 0) {
      const int left = 2 * item.node + 1;
      weight_slope[left] += part[0] * (1.0 - item.fraction) / weight[item.node];
      weight_slope[left + 1] -= part[0] * item.fraction / weight[item.node];
      if (form_ == Form::imn)
        imn_normal_adjoint(angle + 2 * item.node, slope.v, angle_gradient + 2 * item.node);
      else if (form_ == Form::reduced) {  // turning Q by w turns n = Q^T e3 by -w
        const double* n = &normal[3 * item.node];
        torques[item.node] = {{slope.v[1] * n[2] - slope.v[2] * n[1], slope.v[2] * n[0] - slope.v[0] * n[2],
                               slope.v[0] * n[1] - slope.v[1] * n[0]}};
      }
    }
    if (form_ == Form::literal || (form_ == Form::reduced && item.first < 0))
      torques[item.node] = {{part[4], part[5], part[6]}};
  }

  for (int node = 0; node < 2 * leaves - 1; ++node)
    if (node > 0) weight_slope[node] += weight_slope[(node - 1) / 2];
  for (int leaf = 0; leaf < leaves; ++leaf)
    if (parameters[leaf] > 0.0) gradient[leaf] = weight_slope[parents + leaf];

  if (form_ == Form::imn) return;
  if (form_ == Form::reduced)  // a rotation turns its whole subtree
    for (int node = 2 * leaves - 2; node > 0; --node)
      for (int k = 0; k < 3; ++k) torques[(node - 1) / 2].v[k] += torques[node].v[k];
  for (int node = 0; node < 2 * leaves - 1; ++node) {
    if (weight[node] <= 0.0) continue;
    Vector3 local = torques[node];
    if (form_ == Form::reduced && node > 0) {  // from the frame of the RVE to that of the node's parent
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
void Sweep<Real>::prepare(const Network& network, bool orthotropic) {
  orthotropic_ = orthotropic;
  const std::size_t count = network.items_.size();
  stiffness.resize(count);
  memory.resize(count);
  value.resize(count);
  if (network.form_ == Form::imn) return;
  rotation.resize(count);
  for (std::size_t k = 0; k < count; ++k) {
    const Item& item = network.items_[k];
    if (network.form_ == Form::literal)
      rotation[k] = MandelRotation<Real>(network.euler[item.node].q);
    else if (item.first < 0)
      rotation[k] = MandelRotation<Real>(network.accumulated[item.node]);
  }
}

template <class Real>
template <class Interface>
void Sweep<Real>::forward_blocks(const Network& network, const Group<Real>& group) {
  const bool rotated = network.form_ != Form::imn, literal = network.form_ == Form::literal;
  for (std::size_t k = 0; k < network.items_.size(); ++k) {
    const Item& item = network.items_[k];
    value[k] = &stiffness[k];
    if (item.first < 0) {
      const Symmetric<Real>& phase = group.phase[(item.node - network.leaves + 1) % 2];
      if (!rotated)
        value[k] = &phase;
      else if (orthotropic_)
        turn<Real, false, true>(rotation[k], phase, stiffness[k]);
      else
        turn<Real, false, false>(rotation[k], phase, stiffness[k]);
      continue;
    }
    if (item.second < 0) {
      turn<Real, false, false>(rotation[k], *value[item.first], stiffness[k]);
      continue;
    }
    const Interface H(&network.normal[3 * item.node]);
    laminate_forward<Real>(*value[item.first], *value[item.second], item.fraction, H, stiffness[k], memory[k]);
    if (literal) turn<Real, false, false>(rotation[k], stiffness[k], stiffness[k]);
  }
}

template <class Real>
const Symmetric<Real>& Sweep<Real>::forward(const Network& network, const Group<Real>& group) {
  if (network.form_ == Form::literal)
    forward_blocks<Axis3<Real>>(network, group);
  else
    forward_blocks<AnyNormal<Real>>(network, group);
  return *value.back();
}

template <class Real>
template <class Interface>
void Sweep<Real>::backward_blocks(const Network& network, double* contributions) {
  // In the place of an item's stiffness stands its cotangent once its parent has been passed.
  for (int k = static_cast<int>(network.items_.size()) - 1; k >= 0; --k) {
    const Item& item = network.items_[k];
    if (item.first < 0) continue;
    double* part = contributions + k * Network::contribution_size;
    Symmetric<Real> cotangent = stiffness[k];
    if (network.form_ == Form::literal) turn<Real, true, false>(rotation[k], cotangent, cotangent);

    const auto torque_on = [&](int child, const Symmetric<Real>& child_cotangent) {
      const Vector3 found = torque<Real>(*value[child], child_cotangent);
      std::copy_n(found.v, 3, contributions + child * Network::contribution_size + 4);
    };
    if (item.second < 0) {
      torque_on(item.first, cotangent);
      stiffness[item.first] = cotangent;
      continue;
    }
    const Interface H(&network.normal[3 * item.node]);
    const auto turned = [&](int child) {  // its own rotation has a gradient
      return network.form_ == Form::literal || (network.form_ == Form::reduced && network.items_[child].first < 0);
    };
    const auto wanted = [&](int child) { return network.items_[child].first >= 0 || turned(child); };
    Symmetric<Real> first, second;
    BlockGradient gradient;
    laminate_adjoint<Real>(*value[item.first], *value[item.second], item.fraction, H, memory[k], cotangent,
                           wanted(item.first) ? &first : nullptr, wanted(item.second) ? &second : nullptr, gradient);
    part[0] = gradient.fraction;
    if constexpr (requires { H.n; }) std::copy_n(gradient.normal, 3, part + 1);
    for (const auto& [child, slope] : {std::pair{item.first, &first}, std::pair{item.second, &second}}) {
      if (!wanted(child)) continue;
      if (turned(child)) torque_on(child, *slope);
      stiffness[child] = *slope;
    }
  }
}

template <class Real>
void Sweep<Real>::backward(const Network& network, const Symmetric<Real>& cotangent, double* contributions) {
  std::fill_n(contributions, network.items_.size() * Network::contribution_size, 0.0);
  const int root = static_cast<int>(network.items_.size()) - 1;
  const bool leaf = network.items_[root].first < 0;
  if (network.form_ == Form::literal || (network.form_ == Form::reduced && leaf)) {
    const Vector3 found = torque<Real>(*value[root], cotangent);
    std::copy_n(found.v, 3, contributions + root * Network::contribution_size + 4);
  }
  stiffness[root] = cotangent;
  if (network.form_ == Form::literal)
    backward_blocks<Axis3<Real>>(network, contributions);
  else
    backward_blocks<AnyNormal<Real>>(network, contributions);
}

template class Sweep<double>;
template class Sweep<float>;

}  // namespace laminet
