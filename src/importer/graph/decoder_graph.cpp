#include "importer/graph/decoder_graph.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "kernels/formats/activation_function.h"

namespace etllm::importer {
namespace {

using program::MethodBuilder;
using program::ScalarType;
using program::ValueId;

// The caches hold positions in blocks of this many (docs/operators.md).
constexpr std::uint32_t kPositionsPerBlock = 16;

class DecoderGraph {
 public:
  DecoderGraph(const DecoderModel& model, const DecoderLimits& limits,
               WeightStore& weights, MethodBuilder& method)
      : model_(model),
        shape_(model.shape),
        limits_(limits),
        weights_(weights),
        method_(method) {}

  Status build() {
    add_shared_values();
    const Weight embedding =
        weights_.add_matrix(*model_.embedding, MatrixRole::kVocabulary);
    ValueId hidden = rows(shape_.hidden);
    call("embedding",
         {tokens_, embedding.value, embedding.format,
          method_.add_int(shape_.vocabulary)},
         hidden);
    for (std::uint32_t i = 0; i < shape_.layers; ++i) {
      if (!weights_.status().ok()) break;
      const bool is_last_layer = i + 1 == shape_.layers;
      hidden = add_attention(i, hidden, is_last_layer);
      hidden = add_mlp(model_.layers[i], hidden, is_last_layer);
    }
    add_output(hidden, embedding);
    return weights_.status();
  }

 private:
  /// Activations f32 [1, N, width], or [1, 1, width] of the last token.
  ValueId rows(std::uint32_t width, bool is_last_token = false) {
    if (is_last_token) return row(width);
    return method_.add_activation(
        {.sizes = {1, static_cast<std::int32_t>(limits_.chunk_tokens),
                   static_cast<std::int32_t>(width)},
         .is_dynamic = true,
         .name = {}});
  }

  /// Activations f32 [1, 1, width].
  ValueId row(std::uint32_t width) {
    return method_.add_activation(
        {.sizes = {1, 1, static_cast<std::int32_t>(width)},
         .is_dynamic = false,
         .name = {}});
  }

  /// Calls an operator that fills `out`, which is also what it returns.
  void call(std::string_view name, std::vector<ValueId> args, ValueId out) {
    args.push_back(out);
    call_in_place(name, std::move(args), out);
  }

  /// Calls an operator that changes `changed`, one of its arguments.
  void call_in_place(std::string_view name, std::vector<ValueId> args,
                     ValueId changed) {
    args.push_back(changed);
    method_.call("etllm::" + std::string(name), "out", std::move(args));
  }

  void add_shared_values() {
    tokens_ = method_.add_input(
        {.dtype = ScalarType::kLong,
         .sizes = {1, static_cast<std::int32_t>(limits_.chunk_tokens)},
         .is_dynamic = true,
         .name = "tokens"});
    start_pos_ = method_.add_input(
        {.dtype = ScalarType::kLong, .sizes = {1}, .name = "start_pos"});
    none_ = method_.add_null();
    silu_ = method_.add_int(
        static_cast<std::int64_t>(kernels::ActivationFunction::kSilu));
    epsilon_ = method_.add_double(shape_.norm_epsilon);
    query_heads_ = method_.add_int(shape_.query_heads);
    kv_heads_ = method_.add_int(shape_.kv_heads);
    head_size_ = method_.add_int(shape_.head_size);
    query_size_ = method_.add_int(shape_.query_size());
    kv_size_ = method_.add_int(shape_.kv_size());
    interleaved_ = method_.add_bool(model_.rope.interleaved);
    attention_scale_ = method_.add_double(1.0 / std::sqrt(shape_.head_size));
    window_ = method_.add_int(0);
    soft_cap_ = method_.add_double(0.0);
    add_rope_table();
  }

  void add_rope_table() {
    const auto& frequencies = model_.rope.inverse_frequencies;
    const ValueId inv_freq =
        weights_.add_floats("rope.inverse_frequencies", frequencies);
    rope_table_ = rows(static_cast<std::uint32_t>(2 * frequencies.size()));
    call("rope_table",
         {tokens_, start_pos_, inv_freq,
          method_.add_double(model_.rope.magnitude)},
         rope_table_);
  }

  ValueId normalize(const SourceTensor& norm, ValueId x, ValueId out) {
    call("rms_norm", {x, weights_.add_vector(norm), epsilon_}, out);
    return out;
  }

  ValueId add_cache(std::uint32_t layer, const char* part) {
    const std::uint32_t blocks =
        (limits_.context_tokens + kPositionsPerBlock - 1) / kPositionsPerBlock;
    return method_.add_mutable_buffer(
        {.dtype = limits_.kv_type == KvType::kF16 ? ScalarType::kHalf
                                                  : ScalarType::kFloat,
         .sizes = {static_cast<std::int32_t>(shape_.kv_heads),
                   static_cast<std::int32_t>(blocks * kPositionsPerBlock),
                   static_cast<std::int32_t>(shape_.head_size)},
         .name = "cache." + std::to_string(layer) + "." + part});
  }

  Weight matrix(const SourceTensor& tensor) {
    return weights_.add_matrix(tensor, MatrixRole::kLayer);
  }

  ValueId add_projection(const SourceTensor& tensor, ValueId x,
                         ValueId residual, bool is_last_layer) {
    const Weight weight = matrix(tensor);
    const ValueId out = rows(shape_.hidden, is_last_layer);
    call("linear_add", {x, weight.value, weight.format, none_, residual}, out);
    return out;
  }

  ValueId last_position(ValueId x, std::uint32_t width) {
    const ValueId last = row(width);
    call("last_position", {x}, last);
    return last;
  }

  /// The attention of a layer, added to `hidden`. Behind the last layer's only
  /// the last token goes on: the others have left their keys and values.
  ValueId add_attention(std::uint32_t index, ValueId hidden,
                        bool is_last_layer) {
    const DecoderLayer& layer = model_.layers[index];
    const ValueId x =
        normalize(*layer.attention_norm, hidden, rows(shape_.hidden));
    const Weight query = matrix(*layer.query);
    const Weight key = matrix(*layer.key);
    const Weight value = matrix(*layer.value);
    const ValueId qkv = rows(shape_.query_size() + 2 * shape_.kv_size());
    call("qkv_linear",
         {x, query.value, key.value, value.value, query.format, key.format,
          value.format, query_size_, kv_size_, none_},
         qkv);
    call_in_place(
        "rope",
        {qkv, rope_table_, query_heads_, kv_heads_, head_size_, interleaved_},
        qkv);
    const ValueId keys = add_cache(index, "key");
    const ValueId values = add_cache(index, "value");
    call_in_place("update_cache", {qkv, start_pos_, keys, values, window_},
                  keys);
    ValueId heads = rows(shape_.query_size());
    call("attention",
         {qkv, start_pos_, keys, values, attention_scale_, window_, soft_cap_},
         heads);
    if (is_last_layer) {
      heads = last_position(heads, shape_.query_size());
      hidden = last_position(hidden, shape_.hidden);
    }
    return add_projection(*layer.attention_output, heads, hidden,
                          is_last_layer);
  }

  ValueId add_mlp(const DecoderLayer& layer, ValueId hidden,
                  bool is_last_layer) {
    const ValueId x =
        normalize(*layer.mlp_norm, hidden, rows(shape_.hidden, is_last_layer));
    const Weight gate = matrix(*layer.gate);
    const Weight up = matrix(*layer.up);
    const ValueId middle = rows(shape_.intermediate, is_last_layer);
    call("gated_mlp",
         {x, gate.value, up.value, gate.format, up.format, silu_, none_, none_},
         middle);
    return add_projection(*layer.down, middle, hidden, is_last_layer);
  }

  void add_output(ValueId hidden, const Weight& embedding) {
    const ValueId x =
        normalize(*model_.output_norm, hidden, row(shape_.hidden));
    const bool is_tied = model_.output == model_.embedding;
    const Weight head =
        is_tied ? embedding
                : weights_.add_matrix(*model_.output, MatrixRole::kVocabulary);
    const ValueId logits = row(shape_.vocabulary);
    call("linear", {x, head.value, head.format, none_}, logits);
    method_.add_output(logits);
  }

  const DecoderModel& model_;
  const DecoderShape& shape_;
  const DecoderLimits& limits_;
  WeightStore& weights_;
  MethodBuilder& method_;
  // Values that every layer names.
  ValueId tokens_ = 0;
  ValueId start_pos_ = 0;
  ValueId rope_table_ = 0;
  ValueId none_ = 0;
  ValueId silu_ = 0;
  ValueId epsilon_ = 0;
  ValueId query_heads_ = 0;
  ValueId kv_heads_ = 0;
  ValueId head_size_ = 0;
  ValueId query_size_ = 0;
  ValueId kv_size_ = 0;
  ValueId interleaved_ = 0;
  ValueId attention_scale_ = 0;
  ValueId window_ = 0;
  ValueId soft_cap_ = 0;
};

}  // namespace

Status build_decoder(const DecoderModel& model, const DecoderLimits& limits,
                     WeightStore& weights, MethodBuilder& method) {
  return DecoderGraph(model, limits, weights, method).build();
}

}  // namespace etllm::importer
