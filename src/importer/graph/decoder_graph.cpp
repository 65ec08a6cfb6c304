#include "importer/graph/decoder_graph.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "importer/graph/method_values.h"

namespace etllm::importer {
namespace {

using program::MethodBuilder;
using program::ScalarType;
using program::ValueId;

// The caches hold positions in blocks of this many, rings in larger ones
// (docs/operators.md).
constexpr std::uint32_t kPositionsPerBlock = 16;
constexpr std::uint32_t kPositionsPerRingBlock = 256;

std::uint32_t round_up(std::uint32_t value, std::uint32_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// What a layer sees of the context: 0 is everything.
std::uint32_t window_of(const AttentionBlock& block,
                        const DecoderLimits& limits) {
  return block.window < limits.context_tokens ? block.window : 0;
}

/// Positions of a layer's caches. One that sees a window has no use for older
/// positions.
std::uint32_t cache_positions(const DecoderLimits& limits,
                              std::uint32_t window) {
  const std::uint32_t all = round_up(limits.context_tokens, kPositionsPerBlock);
  if (window == 0) return all;
  return std::min(
      all, round_up(window + limits.chunk_tokens - 1, kPositionsPerRingBlock));
}

class DecoderGraph {
 public:
  DecoderGraph(const DecoderModel& model, const DecoderLimits& limits,
               std::uint32_t method_tokens, LogitsOf logits,
               WeightStore& weights, MethodBuilder& method)
      : model_(model),
        shape_(model.shape),
        limits_(limits),
        logits_(logits),
        weights_(weights),
        values_(method, method_tokens) {}

  Status build() {
    add_shared_values();
    ValueId hidden = add_embedding();
    for (const RopeParameters& rope : model_.ropes) add_rope_table(rope);
    for (std::uint32_t i = 0; i < shape_.layers; ++i) {
      if (!weights_.status().ok() || !status_.ok()) break;
      hidden = add_layer(i, hidden);
    }
    add_head(hidden);
    return status_.ok() ? weights_.status() : status_;
  }

 private:
  void add_shared_values() {
    query_heads_ = values_.integer(shape_.query_heads);
    kv_heads_ = values_.integer(shape_.kv_heads);
    head_size_ = values_.integer(shape_.head_size);
    query_size_ = values_.integer(shape_.query_size());
    kv_size_ = values_.integer(shape_.kv_size());
    activation_ = values_.integer(static_cast<std::int64_t>(model_.activation));
    no_activation_ = values_.integer(0);
    soft_cap_ = values_.real(model_.attention_soft_cap);
  }

  ValueId add_embedding() {
    const Weight table = weights_.add_matrix("embedding", model_.embedding,
                                             MatrixRole::kVocabulary);
    const ValueId hidden =
        values_.call("embedding",
                     {values_.tokens(), table.value, table.format,
                      values_.integer(shape_.vocabulary)},
                     values_.rows(shape_.hidden));
    scale(hidden, model_.embedding_scale);
    if (model_.positions) {
      const Weight positions = weights_.add_matrix(
          "positions", *model_.positions, MatrixRole::kVocabulary);
      values_.call_in_place(
          "position_embedding",
          {values_.start_pos(), hidden, positions.value, positions.format,
           values_.integer(static_cast<std::int64_t>(model_.positions->rows))},
          hidden);
    }
    return normalize("embedding_norm", model_.embedding_norm, hidden);
  }

  void add_rope_table(const RopeParameters& rope) {
    const std::string name =
        "rope." + std::to_string(rope_tables_.size()) + ".inverse_frequencies";
    const auto& frequencies = rope.inverse_frequencies;
    std::vector<ValueId> args = {values_.tokens(), values_.start_pos(),
                                 weights_.add_floats(name, frequencies)};
    const bool is_switched = !rope.long_inverse_frequencies.empty();
    if (is_switched) {
      args.push_back(
          weights_.add_floats(name + ".long", rope.long_inverse_frequencies));
      args.push_back(values_.integer(rope.short_positions));
    }
    args.push_back(values_.real(rope.magnitude));
    const auto width = static_cast<std::uint32_t>(2 * frequencies.size());
    rope_tables_.push_back(
        values_.call(is_switched ? "rope_table_switched" : "rope_table",
                     std::move(args), values_.rows(width)));
  }

  /// `x` itself where there is no norm.
  ValueId normalize(const std::string& name, const std::optional<Norm>& norm,
                    ValueId x) {
    if (!norm) return x;
    const ValueId weight = weights_.add_vector(name + ".weight", norm->weight);
    const ValueId epsilon = values_.real(norm->epsilon);
    const ValueId out = values_.rows(shape_.hidden);
    if (!norm->is_layer_norm) {
      return values_.call("rms_norm", {x, weight, epsilon}, out);
    }
    return values_.call("layer_norm",
                        {x, weight, add_bias(name, norm->bias), epsilon}, out);
  }

  ValueId add_bias(const std::string& name, const std::vector<float>& bias) {
    return bias.empty() ? values_.none()
                        : weights_.add_vector(name + ".bias", bias);
  }

  void scale(ValueId x, float factor) {
    if (factor == 1) return;
    values_.call_in_place("scale", {x, values_.real(factor)}, x);
  }

  Weight matrix(const std::string& name, const MatrixView& view) {
    return weights_.add_matrix(name, view, MatrixRole::kLayer);
  }

  ValueId last_position(ValueId x, std::uint32_t width) {
    return values_.call("last_position", {x}, values_.rows(width));
  }

  ValueId add_layer(std::uint32_t index, ValueId hidden) {
    const DecoderLayer& layer = model_.layers[index];
    const std::string name = "layers." + std::to_string(index) + ".";
    const ValueId x =
        normalize(name + "attention.norm", layer.pre_attention_norm, hidden);
    ValueId heads = add_attention(name, index, x);
    const bool is_last = index + 1 == shape_.layers;
    ValueId mlp_input = model_.has_parallel_residual ? x : hidden;
    if (is_last && logits_ == LogitsOf::kLastPosition) {
      // The others have left their keys and values, and nobody asks for more.
      values_.keep_last_token();
      const bool is_shared = mlp_input == hidden;
      heads = last_position(heads, shape_.query_size());
      hidden = last_position(hidden, shape_.hidden);
      mlp_input = is_shared || layer.pre_mlp_norm
                      ? hidden
                      : last_position(mlp_input, shape_.hidden);
    }
    const ValueId attended =
        add_to(hidden, name + "attention.output", layer.attention.output, heads,
               name + "attention.post_norm", layer.post_attention_norm);
    if (!model_.has_parallel_residual) mlp_input = attended;
    if (layer.pre_mlp_norm) {
      const ValueId norm_input =
          model_.has_parallel_residual ? hidden : attended;
      mlp_input = normalize(name + "mlp.norm", layer.pre_mlp_norm, norm_input);
    }
    if (layer.experts) return add_experts(name, layer, mlp_input, attended);
    return add_mlp(name, layer, mlp_input, attended);
  }

  /// residual + scale * norm(x W^T + bias), where norm and scale are optional.
  ValueId add_to(ValueId residual, const std::string& name,
                 const Linear& linear, ValueId x, const std::string& norm_name,
                 const std::optional<Norm>& norm) {
    const Weight weight = matrix(name + ".weight", linear.weight);
    const ValueId bias = add_bias(name, linear.bias);
    const ValueId out = values_.rows(shape_.hidden);
    if (!norm && model_.residual_scale == 1) {
      return values_.call(
          "linear_add", {x, weight.value, weight.format, bias, residual}, out);
    }
    ValueId change = values_.call(
        "projection", {x, weight.value, weight.format, bias, no_activation_},
        out);
    change = normalize(norm_name, norm, change);
    scale(change, model_.residual_scale);
    return values_.call("add", {residual, change}, values_.rows(shape_.hidden));
  }

  /// The heads of a layer's attention, before its output matrix.
  ValueId add_attention(const std::string& name, std::uint32_t index,
                        ValueId x) {
    const AttentionBlock& block = model_.layers[index].attention;
    const std::string prefix = name + "attention.";
    const Weight query = matrix(prefix + "query.weight", block.query);
    const Weight key = matrix(prefix + "key.weight", block.key);
    const Weight value = matrix(prefix + "value.weight", block.value);
    const ValueId qkv =
        values_.call("qkv_linear",
                     {x, query.value, key.value, value.value, query.format,
                      key.format, value.format, query_size_, kv_size_,
                      add_bias(prefix + "qkv", block.bias)},
                     values_.rows(shape_.query_size() + 2 * shape_.kv_size()));
    if (block.head_norm) add_head_norm(prefix, *block.head_norm, qkv);
    if (block.rope) add_rope(*block.rope, qkv);
    return add_scores(index, block, qkv);
  }

  void add_head_norm(const std::string& prefix, const HeadNorm& norm,
                     ValueId qkv) {
    values_.call_in_place(
        "head_norm",
        {qkv,
         weights_.add_vector(prefix + "query_norm.weight", norm.query_weight),
         weights_.add_vector(prefix + "key_norm.weight", norm.key_weight),
         query_heads_, kv_heads_, head_size_,
         values_.integer(static_cast<std::int64_t>(norm.kind)),
         values_.real(norm.epsilon)},
        qkv);
  }

  void add_rope(std::uint32_t index, ValueId qkv) {
    values_.call_in_place(
        "rope",
        {qkv, rope_tables_[index], query_heads_, kv_heads_, head_size_,
         values_.truth(model_.ropes[index].interleaved)},
        qkv);
  }

  ValueId add_scores(std::uint32_t index, const AttentionBlock& block,
                     ValueId qkv) {
    const std::uint32_t window = window_of(block, limits_);
    const ValueId keys = add_cache(index, "key", window);
    const ValueId values = add_cache(index, "value", window);
    const ValueId width = values_.integer(window);
    values_.call_in_place(
        "update_cache", {qkv, values_.start_pos(), keys, values, width}, keys);
    return values_.call("attention",
                        {qkv, values_.start_pos(), keys, values,
                         values_.real(block.scale), width, soft_cap_},
                        values_.rows(shape_.query_size()));
  }

  ScalarType cache_type() const {
    switch (limits_.kv_type) {
      case KvType::kF32:
        return ScalarType::kFloat;
      case KvType::kQ8:
        return ScalarType::kChar;
      default:
        return ScalarType::kHalf;
    }
  }

  /// A head's elements of a position; bytes have an f32 scale beside them.
  std::uint32_t cache_row_size() const {
    return shape_.head_size + (limits_.kv_type == KvType::kQ8 ? 4 : 0);
  }

  ValueId add_cache(std::uint32_t layer, const char* part,
                    std::uint32_t window) {
    const std::uint32_t positions = cache_positions(limits_, window);
    return values_.method().add_mutable_buffer(
        {.dtype = cache_type(),
         .sizes = {static_cast<std::int32_t>(shape_.kv_heads),
                   static_cast<std::int32_t>(positions),
                   static_cast<std::int32_t>(cache_row_size())},
         .name = "cache." + std::to_string(layer) + "." + part});
  }

  ValueId add_mlp(const std::string& name, const DecoderLayer& layer, ValueId x,
                  ValueId residual) {
    const MlpBlock& mlp = *layer.mlp;
    const std::string prefix = name + "mlp.";
    const Weight up = matrix(prefix + "up.weight", mlp.up.weight);
    const ValueId up_bias = add_bias(prefix + "up", mlp.up.bias);
    const ValueId middle = values_.rows(shape_.intermediate);
    if (mlp.gate) {
      const Weight gate = matrix(prefix + "gate.weight", mlp.gate->weight);
      values_.call(
          "gated_mlp",
          {x, gate.value, up.value, gate.format, up.format, activation_,
           add_bias(prefix + "gate", mlp.gate->bias), up_bias},
          middle);
    } else {
      values_.call("projection", {x, up.value, up.format, up_bias, activation_},
                   middle);
    }
    return add_to(residual, prefix + "down", mlp.down, middle,
                  prefix + "post_norm", layer.post_mlp_norm);
  }

  ValueId add_experts(const std::string& name, const DecoderLayer& layer,
                      ValueId x, ValueId residual) {
    if (layer.post_mlp_norm) {
      status_ = not_supported(
          "mixtures of experts with a norm behind them cannot be imported");
      return residual;
    }
    const ExpertBlock& block = *layer.experts;
    const ExpertParameters& common = model_.experts;
    const std::string prefix = name + "mlp.";
    // A wrong choice of experts costs more than a rounded weight.
    const Weight router = weights_.add_matrix(
        prefix + "router.weight", block.router, MatrixRole::kVocabulary);
    const Weight gate =
        weights_.add_matrices(prefix + "experts.gate.weight", block.gate);
    const Weight up =
        weights_.add_matrices(prefix + "experts.up.weight", block.up);
    const Weight down =
        weights_.add_matrices(prefix + "experts.down.weight", block.down);
    return values_.call(
        "moe_mlp",
        {x, router.value, router.format, gate.value, up.value, down.value,
         gate.format, up.format, down.format, values_.integer(common.count),
         values_.integer(common.active), values_.integer(common.intermediate),
         activation_, values_.integer(common.has_sigmoid_scores ? 1 : 0),
         values_.truth(common.normalises),
         values_.real(common.route_scale * model_.residual_scale), residual},
        values_.rows(shape_.hidden));
  }

  void add_head(ValueId hidden) {
    const ValueId x = normalize("final_norm", model_.final_norm, hidden);
    const Weight head =
        weights_.add_matrix(model_.has_tied_head ? "embedding" : "head.weight",
                            model_.head.weight, MatrixRole::kVocabulary);
    const ValueId logits = values_.call(
        "linear",
        {x, head.value, head.format, add_bias("head", model_.head.bias)},
        values_.rows(shape_.vocabulary));
    scale(logits, model_.logit_scale);
    if (model_.logit_soft_cap != 0) {
      values_.call_in_place(
          "soft_cap", {logits, values_.real(model_.logit_soft_cap)}, logits);
    }
    values_.method().add_output(logits);
  }

  const DecoderModel& model_;
  const DecoderShape& shape_;
  const DecoderLimits& limits_;
  LogitsOf logits_;
  WeightStore& weights_;
  MethodValues values_;
  Status status_;
  std::vector<ValueId> rope_tables_;
  // Values that every layer names.
  ValueId query_heads_ = 0;
  ValueId kv_heads_ = 0;
  ValueId head_size_ = 0;
  ValueId query_size_ = 0;
  ValueId kv_size_ = 0;
  ValueId activation_ = 0;
  ValueId no_activation_ = 0;
  ValueId soft_cap_ = 0;
};

}  // namespace

std::uint32_t smallest_ring(const DecoderModel& model,
                            const DecoderLimits& limits) {
  const std::uint32_t all = cache_positions(limits, 0);
  std::uint32_t smallest = all;
  for (const DecoderLayer& layer : model.layers) {
    const std::uint32_t window = window_of(layer.attention, limits);
    smallest = std::min(smallest, cache_positions(limits, window));
  }
  return smallest == all ? 0 : smallest;
}

Status build_decoder(const DecoderModel& model, const DecoderLimits& limits,
                     std::uint32_t method_tokens, LogitsOf logits,
                     WeightStore& weights, MethodBuilder& method) {
  weights.begin_method(method);
  return DecoderGraph(model, limits, method_tokens, logits, weights, method)
      .build();
}

}  // namespace etllm::importer
