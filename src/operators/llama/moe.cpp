#include "kernels/moe/moe.h"

#include <array>
#include <limits>

#include "operators/llama/call.h"
#include "operators/llama/operators.h"

namespace etllm::operators::llama {
namespace {

using kernels::ExpertScore;
using kernels::MoeShape;

/// The sizes of a call as the program states them.
struct MoeSizes {
  std::int64_t active_experts;
  std::int64_t experts;
  std::int64_t hidden_dim;
  std::int64_t dim;
  std::int64_t group_size;
  std::int64_t bits;

  /// Whether they are sizes that packed weights can have.
  bool are_sane() const {
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    for (const std::int64_t size : {experts, hidden_dim, dim, group_size}) {
      if (size <= 0 || size > kMost) return false;
    }
    return active_experts > 0 && active_experts <= experts &&
           group_size % static_cast<std::int64_t>(kernels::kPanelColumns) ==
               0 &&
           dim % group_size == 0 && hidden_dim % group_size == 0 &&
           (bits == 4 || bits == 8);
  }
};

MoeSizes read_sizes(Call& call) {
  MoeSizes sizes{};
  sizes.active_experts = call.integer();
  sizes.experts = call.integer();
  sizes.hidden_dim = call.integer();
  sizes.dim = call.integer();
  sizes.group_size = call.integer();
  sizes.bits = call.integer();
  return sizes;
}

std::optional<ExpertScore> score_named(std::string_view name) {
  if (name == "sigmoid") return ExpertScore::kSigmoid;
  if (name == "softmax") return ExpertScore::kSoftmax;
  return std::nullopt;
}

/// Whether a tensor holds a packed matrix of `rows` by `columns` for each
/// expert.
bool holds_matrices(const Tensor& tensor, const MoeShape& shape,
                    std::size_t rows, std::size_t columns) {
  if (tensor.scalar_type() != ScalarType::Byte || tensor.dim() != 2 ||
      size_of(tensor, 0) != shape.experts) {
    return false;
  }
  const auto bytes =
      kernels::packed_matrix_bytes(rows, columns, shape.group_size, shape.bits);
  if (!bytes || size_of(tensor, 1) < *bytes) return false;
  const auto* data = tensor.const_data_ptr<std::uint8_t>();
  for (std::size_t e = 0; e < shape.experts; ++e) {
    if (!kernels::has_packed_header(data + e * size_of(tensor, 1),
                                    shape.bits)) {
      return false;
    }
  }
  return true;
}

/// The tensors of a call.
struct MoeTensors {
  const Tensor* x;
  const Tensor* router;
  const Tensor* bias;
  const Tensor* gate_up;
  const Tensor* down;
};

bool are_consistent(const MoeTensors& in, const MoeShape& shape,
                    ExpertScore score) {
  const std::array x_sizes = {shape.tokens, shape.dim};
  const std::array router_sizes = {shape.experts, shape.dim};
  const std::array bias_sizes = {shape.experts};
  for (const Tensor* tensor : {in.x, in.router, in.bias}) {
    if (tensor->scalar_type() != ScalarType::Float) return false;
  }
  const bool has_bias = in.bias->numel() > 0;
  if (has_bias &&
      (score == ExpertScore::kSoftmax || !has_sizes(*in.bias, bias_sizes))) {
    return false;
  }
  return has_sizes(*in.x, x_sizes) && has_sizes(*in.router, router_sizes) &&
         holds_matrices(*in.gate_up, shape, 2 * shape.hidden_dim, shape.dim) &&
         holds_matrices(*in.down, shape, shape.dim, shape.hidden_dim);
}

MoeShape moe_shape(const MoeSizes& sizes, std::size_t tokens) {
  return {.tokens = tokens,
          .experts = static_cast<std::size_t>(sizes.experts),
          .active_experts = static_cast<std::size_t>(sizes.active_experts),
          .dim = static_cast<std::size_t>(sizes.dim),
          .hidden_dim = static_cast<std::size_t>(sizes.hidden_dim),
          .group_size = static_cast<std::size_t>(sizes.group_size),
          .bits = static_cast<int>(sizes.bits)};
}

}  // namespace

void quantized_moe_ffn(KernelRuntimeContext& context, Span<EValue*> args) {
  Call call(context, args);
  MoeTensors in{};
  in.x = call.tensor();
  in.router = call.tensor();
  in.bias = call.tensor();
  in.gate_up = call.tensor();
  in.down = call.tensor();
  const MoeSizes sizes = read_sizes(call);
  const auto score = score_named(call.text());
  const double route_scale = call.number();
  Tensor* out = call.tensor();
  if (!call.finish() ||
      !call.finish(sizes.are_sane() && score && in.x->dim() == 2 &&
                   out->scalar_type() == ScalarType::Float)) {
    return;
  }
  const MoeShape shape = moe_shape(sizes, size_of(*in.x, 0));
  const std::array out_sizes = {shape.tokens, shape.dim};
  if (!call.finish(are_consistent(in, shape, *score)) ||
      !call.finish(resize(*out, out_sizes)) ||
      !call.finish(!overlap(*in.x, *out))) {
    return;
  }
  kernels::mixture_of_experts(
      shape,
      {.router = in.router->const_data_ptr<float>(),
       .bias =
           in.bias->numel() > 0 ? in.bias->const_data_ptr<float>() : nullptr,
       .gate_up = in.gate_up->const_data_ptr<std::uint8_t>(),
       .gate_up_bytes = size_of(*in.gate_up, 1),
       .down = in.down->const_data_ptr<std::uint8_t>(),
       .down_bytes = size_of(*in.down, 1),
       .score = *score,
       .route_scale = static_cast<float>(route_scale)},
      in.x->const_data_ptr<float>(), out->mutable_data_ptr<float>());
}

}  // namespace etllm::operators::llama
