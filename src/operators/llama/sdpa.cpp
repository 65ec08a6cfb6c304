// Attention over the caches of stock programs.

#include "kernels/sdpa/sdpa.h"

#include <array>
#include <cmath>

#include "operators/llama/cache.h"
#include "operators/llama/operators.h"

namespace etllm::operators::llama {
namespace {

using kernels::ElementType;
using kernels::HeadTensor;
using kernels::SdpaShape;

/// The arguments that all attention operators end with.
struct SightArguments {
  const Tensor* mask = nullptr;
  bool is_causal = false;
  std::optional<double> scale;
};

SightArguments read_sight(Call& call) {
  SightArguments sight;
  sight.mask = call.optional_tensor();
  call.number();  // A dropout probability: inference drops nothing.
  sight.is_causal = call.boolean();
  sight.scale = call.optional_number();
  // An empty mask masks nothing, but the sight is that of a mask.
  return sight;
}

/// Where heads and tokens are among the four dimensions.
struct Layout {
  std::size_t token_dim = 1;
  std::size_t head_dim = 2;
};

HeadTensor head_tensor(const Tensor& tensor, ElementType type, Layout layout) {
  const auto strides = tensor.strides();
  return {.data = tensor.const_data_ptr(),
          .type = type,
          .batch_stride = static_cast<std::size_t>(strides[0]),
          .head_stride = static_cast<std::size_t>(strides[layout.head_dim]),
          .token_stride = static_cast<std::size_t>(strides[layout.token_dim])};
}

/// Queries, keys and values of one call.
struct Attention {
  const Tensor* queries = nullptr;
  const Tensor* keys = nullptr;
  const Tensor* values = nullptr;
  Layout layout;

  /// Whether the three go together.
  bool is_consistent() const {
    for (const Tensor* tensor : {queries, keys, values}) {
      if (tensor->dim() != 4 ||
          tensor->scalar_type() != queries->scalar_type() ||
          size_of(*tensor, 0) != size_of(*queries, 0) ||
          size_of(*tensor, 3) != size_of(*queries, 3)) {
        return false;
      }
    }
    const std::size_t heads = size_of(*queries, layout.head_dim);
    const std::size_t kv_heads = size_of(*keys, layout.head_dim);
    return size_of(*values, layout.head_dim) == kv_heads &&
           size_of(*values, layout.token_dim) ==
               size_of(*keys, layout.token_dim) &&
           kv_heads > 0 && heads % kv_heads == 0 && size_of(*queries, 3) > 0 &&
           size_of(*queries, 3) <= kernels::kMaxSdpaHeadSize;
  }
};

/// What each token sees; nothing when the arguments contradict each other.
std::optional<SdpaShape> sdpa_shape(const Attention& attention,
                                    std::size_t start,
                                    const SightArguments& sight) {
  if (!attention.is_consistent()) return std::nullopt;
  const Layout layout = attention.layout;
  const std::size_t head_size = size_of(*attention.queries, 3);
  const double scale =
      sight.scale.value_or(1.0 / std::sqrt(static_cast<double>(head_size)));
  SdpaShape shape{.batch = size_of(*attention.queries, 0),
                  .tokens = size_of(*attention.queries, layout.token_dim),
                  .heads = size_of(*attention.queries, layout.head_dim),
                  .kv_heads = size_of(*attention.keys, layout.head_dim),
                  .head_size = head_size,
                  .length = size_of(*attention.keys, layout.token_dim),
                  .seen = 0,
                  .scale = static_cast<float>(scale),
                  .mask = nullptr};
  shape.seen = shape.length;
  if (sight.mask != nullptr) {
    if (sight.is_causal || sight.mask->dim() != 2 ||
        sight.mask->scalar_type() != ScalarType::Float) {
      return std::nullopt;
    }
    if (sight.mask->numel() == 0) return shape;
    if (size_of(*sight.mask, 0) != shape.tokens ||
        size_of(*sight.mask, 1) != shape.length) {
      return std::nullopt;
    }
    shape.mask = sight.mask->const_data_ptr<float>();
    return shape;
  }
  if (shape.tokens > shape.length || start > shape.length - shape.tokens) {
    return std::nullopt;
  }
  shape.length = start + shape.tokens;
  shape.seen = sight.is_causal ? start + 1 : shape.length;
  return shape;
}

/// Checks a call in floating point and gives its output the sizes of the
/// queries; what to compute then.
std::optional<SdpaShape> prepare(Call& call, const Attention& attention,
                                 std::size_t start, const SightArguments& sight,
                                 Tensor& out) {
  const auto shape = sdpa_shape(attention, start, sight);
  const ScalarType type = attention.queries->scalar_type();
  if (!call.finish(shape && element_type(type) && type != ScalarType::Char &&
                   out.scalar_type() == type)) {
    return std::nullopt;
  }
  const std::array sizes = {shape->batch, shape->tokens, shape->heads,
                            shape->head_size};
  return call.finish(resize(out, sizes)) ? shape : std::nullopt;
}

/// Runs a call that was prepared.
void attend(const Attention& attention, const SdpaShape& shape, Tensor& out) {
  const ElementType type = *element_type(out.scalar_type());
  kernels::sdpa(shape, head_tensor(*attention.queries, type, {}),
                head_tensor(*attention.keys, type, {}),
                head_tensor(*attention.values, type, {}),
                out.mutable_data_ptr(), type);
}

/// Scales and zero points of the tokens of each head.
struct QuantizationArguments {
  const Tensor* zeros = nullptr;
  const Tensor* scales = nullptr;
};

QuantizationArguments read_quantization(Call& call) {
  QuantizationArguments quantization;
  quantization.zeros = call.optional_tensor();
  quantization.scales = call.optional_tensor();
  return quantization;
}

/// `tensor` with its parameters, which have its sizes but for the last one.
std::optional<HeadTensor> quantized_tensor(const Tensor& tensor, Layout layout,
                                           const QuantizationArguments& with) {
  if (tensor.scalar_type() != ScalarType::Char || with.zeros == nullptr ||
      with.scales == nullptr || with.zeros->scalar_type() != ScalarType::Char ||
      with.scales->scalar_type() != ScalarType::Float) {
    return std::nullopt;
  }
  const std::array sizes = {size_of(tensor, 0), size_of(tensor, 1),
                            size_of(tensor, 2), std::size_t{1}};
  if (!has_sizes(*with.zeros, sizes) || !has_sizes(*with.scales, sizes)) {
    return std::nullopt;
  }
  HeadTensor heads = head_tensor(tensor, ElementType::kInt8, layout);
  const HeadTensor strides =
      head_tensor(*with.scales, ElementType::kInt8, layout);
  heads.scales = with.scales->const_data_ptr<float>();
  heads.zeros = with.zeros->const_data_ptr<std::int8_t>();
  heads.parameter_batch_stride = strides.batch_stride;
  heads.parameter_head_stride = strides.head_stride;
  heads.parameter_token_stride = strides.token_stride;
  return heads;
}

}  // namespace

void custom_sdpa(KernelRuntimeContext& context, Span<EValue*> args) {
  Call call(context, args);
  Attention attention;
  attention.queries = call.tensor();
  attention.keys = call.tensor();
  attention.values = call.tensor();
  const std::size_t start = call.position();
  const SightArguments sight = read_sight(call);
  Tensor* out = call.tensor();
  if (!call.finish()) return;
  const auto shape = prepare(call, attention, start, sight, *out);
  if (shape) attend(attention, *shape, *out);
}

void sdpa_with_kv_cache(KernelRuntimeContext& context, Span<EValue*> args) {
  Call call(context, args);
  Attention attention;
  attention.queries = call.tensor();
  const Tensor* keys = call.tensor();
  const Tensor* values = call.tensor();
  Tensor* key_cache = call.tensor();
  Tensor* value_cache = call.tensor();
  const std::size_t start = call.position();
  const std::size_t length = call.position();
  const SightArguments sight = read_sight(call);
  Tensor* out = call.tensor();
  if (!call.finish()) return;
  attention.keys = key_cache;
  attention.values = value_cache;
  // Everything is checked before a cache changes.
  const bool fits = fits_cache(*keys, *key_cache) &&
                    fits_cache(*values, *value_cache) &&
                    size_of(*keys, 1) == size_of(*values, 1) &&
                    length <= size_of(*key_cache, 1) &&
                    start <= size_of(*key_cache, 1) - length;
  if (!call.finish(fits)) return;
  const auto shape = prepare(call, attention, start, sight, *out);
  if (!shape || !call.finish(store_in_cache(*keys, start, *key_cache)) ||
      !call.finish(store_in_cache(*values, start, *value_cache))) {
    return;
  }
  attend(attention, *shape, *out);
}

void custom_quantized_sdpa(KernelRuntimeContext& context, Span<EValue*> args) {
  Call call(context, args);
  Attention attention;
  attention.queries = call.tensor();
  attention.keys = call.tensor();
  attention.values = call.tensor();
  const std::size_t start = call.position();
  const SightArguments sight = read_sight(call);
  const QuantizationArguments of_queries = read_quantization(call);
  const QuantizationArguments of_keys = read_quantization(call);
  const QuantizationArguments of_values = read_quantization(call);
  if (call.boolean()) attention.layout = {.token_dim = 2, .head_dim = 1};
  Tensor* out = call.tensor();
  if (!call.finish()) return;
  const auto shape = sdpa_shape(attention, start, sight);
  if (!call.finish(shape && out->scalar_type() == ScalarType::Float)) return;
  const Layout layout = attention.layout;
  const auto queries = quantized_tensor(*attention.queries, layout, of_queries);
  const auto keys = quantized_tensor(*attention.keys, layout, of_keys);
  const auto values = quantized_tensor(*attention.values, layout, of_values);
  if (!call.finish(queries && keys && values)) return;
  const std::array sizes = {
      size_of(*attention.queries, 0), size_of(*attention.queries, 1),
      size_of(*attention.queries, 2), size_of(*attention.queries, 3)};
  if (!call.finish(resize(*out, sizes))) return;
  kernels::sdpa(*shape, *queries, *keys, *values, out->mutable_data_ptr(),
                ElementType::kFloat);
}

}  // namespace etllm::operators::llama
