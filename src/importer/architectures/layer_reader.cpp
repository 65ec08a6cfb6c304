#include "importer/architectures/layer_reader.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "importer/architectures/rope_reader.h"

namespace etllm::importer {
namespace {

using kernels::ActivationFunction;

constexpr std::uint32_t kMaxWindow = 16'777'216;
constexpr std::uint32_t kMaxExperts = 1'024;
constexpr std::uint32_t kMaxIntermediate = 524'288;

struct ActivationName {
  std::string_view name;
  ActivationFunction activation;
};

/// As transformers and descriptions spell them.
constexpr std::array kActivations = {
    ActivationName{"silu", ActivationFunction::kSilu},
    ActivationName{"swish", ActivationFunction::kSilu},
    ActivationName{"gelu", ActivationFunction::kGelu},
    ActivationName{"gelu_python", ActivationFunction::kGelu},
    ActivationName{"gelu_new", ActivationFunction::kGeluTanh},
    ActivationName{"gelu_fast", ActivationFunction::kGeluTanh},
    ActivationName{"gelu_pytorch_tanh", ActivationFunction::kGeluTanh},
    ActivationName{"gelu_tanh", ActivationFunction::kGeluTanh},
    ActivationName{"relu", ActivationFunction::kRelu},
    ActivationName{"relu2", ActivationFunction::kReluSquared},
};

}  // namespace

LayerReader::LayerReader(const Json& description, const ModelSource& source,
                         Expressions& expressions, TensorReader& tensors,
                         DecoderModel& model)
    : description_(description),
      source_(source),
      expressions_(expressions),
      tensors_(tensors),
      values_(description, expressions, tensors),
      model_(model),
      rope_index_(description["rope"].size()) {
  read_common();
}

void LayerReader::read_common() {
  const auto kind = values_.word(
      "norms", "kind", {"rms", "rms_plus_one", "layer", "layer_plus_one"});
  is_layer_norm_ = kind >= 2;
  adds_one_ = kind % 2 == 1;
  epsilon_ = static_cast<float>(values_.number("norms", "epsilon"));
  norms_have_weight_ = values_.truth("norms", "weight").value_or(true);
  qkv_layout_ = static_cast<QkvLayout>(
      values_.word("attention", "qkv", {"separate", "rows", "groups"}));
  has_neighbours_ = description_["tensors"]["neighbours"] == true;
  is_gated_ = values_.word("mlp", "kind", {"plain", "gated"}) == 1;
  has_fused_gate_ = values_.word("mlp", "gate_up", {"separate", "rows"}) == 1;
  const std::string activation = values_.text("mlp", "activation");
  const auto found =
      std::find_if(kActivations.begin(), kActivations.end(),
                   [&](const auto& entry) { return entry.name == activation; });
  if (found != kActivations.end()) {
    model_.activation = found->activation;
    return;
  }
  tensors_.fail(not_supported(tensors_.file_text() + "the activation " +
                              in_quotes(activation) +
                              " is not known; silu, gelu, gelu_pytorch_tanh, "
                              "relu and relu2 are"));
}

DecoderLayer LayerReader::read(int layer) {
  DecoderLayer out;
  out.pre_attention_norm =
      read_norm_if("pre_attention", "pre_attention_norm", layer);
  out.attention = read_attention(layer);
  out.post_attention_norm =
      read_norm_if("post_attention", "post_attention_norm", layer);
  out.pre_mlp_norm = read_norm_if("pre_mlp", "pre_mlp_norm", layer);
  const bool is_mixture =
      values_.count("mlp", "experts", kMaxExperts) > 0 &&
      values_.truth("mlp", "expert_layers", layer).value_or(true);
  if (is_mixture) {
    out.experts = read_experts(layer);
  } else {
    out.mlp = read_mlp(layer);
  }
  out.post_mlp_norm = read_norm_if("post_mlp", "post_mlp_norm", layer);
  return out;
}

Norm LayerReader::read_norm(const TensorPart& part) {
  const std::uint32_t size = model_.shape.hidden;
  Norm norm;
  norm.is_layer_norm = is_layer_norm_;
  norm.epsilon = epsilon_;
  if (norms_have_weight_) {
    norm.weight = tensors_.vector(part, ".weight", size);
    for (float& weight : norm.weight) weight += adds_one_ ? 1.0F : 0.0F;
  } else {
    norm.weight.assign(size, 1);
  }
  const auto bias = values_.truth("norms", "bias");
  if (bias.value_or(tensors_.has(part, ".bias"))) {
    norm.bias = tensors_.vector(part, ".bias", size);
  }
  return norm;
}

std::optional<Norm> LayerReader::read_norm_if(const char* member,
                                              const char* role, int layer) {
  const bool is_there = values_.truth("norms", member, layer).value_or(false);
  if (!is_there || !tensors_.status().ok()) return std::nullopt;
  return read_norm({role, layer});
}

bool LayerReader::has_bias(const char* section, const char* member,
                           const char* role, int layer) {
  const auto told = values_.truth(section, member);
  return told.value_or(tensors_.has({role, layer}, ".bias"));
}

Linear LayerReader::read_linear(const TensorPart& part, std::uint64_t rows,
                                std::uint64_t cols, bool has_bias) {
  Linear linear;
  linear.weight = tensors_.matrix(part, rows, cols);
  if (has_bias) linear.bias = tensors_.vector(part, ".bias", rows);
  return linear;
}

AttentionBlock LayerReader::read_attention(int layer) {
  AttentionBlock out;
  out.rope = choose_rope(layer);
  if (!tensors_.status().ok()) return out;
  read_qkv(layer, out);
  out.output = read_linear(
      {"attention_output", layer}, model_.shape.hidden,
      model_.shape.query_size(),
      has_bias("attention", "output_bias", "attention_output", layer));
  out.head_norm = read_head_norm(layer);
  out.scale = values_.number("attention", "scale", layer);
  out.window = read_window(layer);
  return out;
}

std::uint32_t LayerReader::read_window(int layer) {
  const bool is_windowed =
      values_.truth("attention", "window_layers", layer).value_or(false);
  return is_windowed ? values_.count("attention", "window", kMaxWindow, layer)
                     : 0;
}

/// The first entry of "rope" that is for this layer; added to the model when a
/// layer uses it.
std::optional<std::uint32_t> LayerReader::choose_rope(int layer) {
  const Json& ropes = description_["rope"];
  for (std::size_t i = 0; i < ropes.size(); ++i) {
    const auto is_for = expressions_.evaluate(ropes[i]["layers"], layer);
    if (!is_for || !is_true(*is_for)) continue;
    if (!rope_index_[i]) {
      rope_index_[i] = static_cast<std::uint32_t>(model_.ropes.size());
      model_.ropes.push_back(
          read_rope(ropes[i], source_, model_.shape, expressions_, tensors_));
    }
    return rope_index_[i];
  }
  tensors_.fail(expressions_.status());
  return std::nullopt;
}

/// Files of some families have neighbours of what is rotated together.
RowOrder LayerReader::rotated_rows(std::optional<std::uint32_t> rope) const {
  RowOrder order;
  if (!has_neighbours_) return order;
  order.head = model_.shape.head_size;
  // Layers that do not rotate are stored as the others.
  order.paired = rope ? 2 * model_.ropes[*rope].inverse_frequencies.size()
                      : model_.shape.head_size;
  return order;
}

void LayerReader::read_qkv(int layer, AttentionBlock& out) {
  if (qkv_layout_ == QkvLayout::kSeparate) {
    read_separate_qkv(layer, out);
  } else {
    read_fused_qkv(layer, out);
  }
}

void LayerReader::read_separate_qkv(int layer, AttentionBlock& out) {
  const DecoderShape& shape = model_.shape;
  const RowOrder rotated = rotated_rows(out.rope);
  const bool biased = has_bias("attention", "bias", "query", layer);
  const auto read = [&](const char* role, std::uint64_t rows,
                        const RowOrder& order) {
    const TensorPart part{role, layer};
    if (biased) {
      const auto bias = tensors_.vector_part(part, ".bias", rows, order, rows);
      out.bias.insert(out.bias.end(), bias.begin(), bias.end());
    }
    return tensors_.matrix_part(part, rows, shape.hidden, order, rows);
  };
  out.query = read("query", shape.query_size(), rotated);
  out.key = read("key", shape.kv_size(), rotated);
  out.value = read("value", shape.kv_size(), {});
}

/// One tensor: all queries, all keys, all values; or for each key head its
/// queries, its key and its value.
void LayerReader::read_fused_qkv(int layer, AttentionBlock& out) {
  const DecoderShape& shape = model_.shape;
  const std::uint64_t query = shape.query_size();
  const std::uint64_t kv = shape.kv_size();
  const std::uint64_t all = query + 2 * kv;
  const bool biased = has_bias("attention", "bias", "qkv", layer);
  const auto read = [&](std::uint64_t first_row, std::uint64_t first_of_group,
                        std::uint64_t rows, RowOrder order) {
    order.first = first_row;
    if (qkv_layout_ == QkvLayout::kGroups) {
      order.first = first_of_group;
      order.run = rows / shape.kv_heads;
      order.distance = all / shape.kv_heads;
    }
    const TensorPart part{"qkv", layer};
    if (biased) {
      const auto bias = tensors_.vector_part(part, ".bias", all, order, rows);
      out.bias.insert(out.bias.end(), bias.begin(), bias.end());
    }
    return tensors_.matrix_part(part, all, shape.hidden, order, rows);
  };
  const RowOrder rotated = rotated_rows(out.rope);
  const std::uint64_t group = query / shape.kv_heads;
  out.query = read(0, 0, query, rotated);
  out.key = read(query, group, kv, rotated);
  out.value = read(query + kv, group + shape.head_size, kv, {});
}

std::optional<HeadNorm> LayerReader::read_head_norm(int layer) {
  const auto word = values_.word("attention", "head_norm",
                                 {"none", "rms", "rms_all", "layer"});
  if (word == 0 || !tensors_.status().ok()) return std::nullopt;
  HeadNorm norm;
  norm.kind = static_cast<HeadNormKind>(word - 1);
  norm.epsilon = epsilon_;
  norm.query_weight = read_head_norm_weight("query_norm", layer, norm.kind,
                                            model_.shape.query_heads);
  norm.key_weight = read_head_norm_weight("key_norm", layer, norm.kind,
                                          model_.shape.kv_heads);
  return norm;
}

std::vector<float> LayerReader::read_head_norm_weight(const char* role,
                                                      int layer,
                                                      HeadNormKind kind,
                                                      std::uint32_t heads) {
  const std::uint32_t size = model_.shape.head_size;
  const SourceTensor* tensor = tensors_.find({role, layer, 0}, ".weight");
  std::vector<float> weights;
  if (tensor != nullptr && tensor->rows() * tensor->cols() == size &&
      kind == HeadNormKind::kLayerNormOfHead) {
    // Every head has a tensor of its own, or all share one.
    for (std::uint32_t i = 0; i < heads; ++i) {
      const auto own =
          tensors_.vector({role, layer, static_cast<int>(i)}, ".weight", size);
      weights.insert(weights.end(), own.begin(), own.end());
    }
  } else if (kind == HeadNormKind::kRmsOfHead) {
    weights = tensors_.vector({role, layer}, ".weight", size);
  } else {
    weights = tensors_.rows_as_vector({role, layer}, heads, size);
  }
  for (float& weight : weights) weight += adds_one_ ? 1.0F : 0.0F;
  return weights;
}

MlpBlock LayerReader::read_mlp(int layer) {
  const std::uint64_t hidden = model_.shape.hidden;
  const std::uint64_t middle = model_.shape.intermediate;
  MlpBlock mlp;
  const char* first = has_fused_gate_ ? "gate_up" : "up";
  const bool biased = has_bias("mlp", "bias", first, layer);
  if (is_gated_ && has_fused_gate_) {
    const TensorPart part{"gate_up", layer};
    const auto read = [&](std::uint64_t first_row) {
      RowOrder order;
      order.first = first_row;
      Linear half;
      half.weight =
          tensors_.matrix_part(part, 2 * middle, hidden, order, middle);
      if (biased) {
        half.bias =
            tensors_.vector_part(part, ".bias", 2 * middle, order, middle);
      }
      return half;
    };
    mlp.gate = read(0);
    mlp.up = read(middle);
  } else {
    if (is_gated_) {
      mlp.gate = read_linear({"gate", layer}, middle, hidden, biased);
    }
    mlp.up = read_linear({"up", layer}, middle, hidden, biased);
  }
  mlp.down = read_linear({"down", layer}, hidden, middle,
                         has_bias("mlp", "output_bias", "down", layer));
  return mlp;
}

ExpertBlock LayerReader::read_experts(int layer) {
  ExpertParameters& common = model_.experts;
  common.count = values_.count("mlp", "experts", kMaxExperts);
  common.active = values_.size("mlp", "active_experts", common.count);
  common.intermediate =
      values_.size("mlp", "expert_intermediate", kMaxIntermediate);
  common.has_sigmoid_scores =
      values_.word("mlp", "scoring", {"softmax", "sigmoid"}) == 1;
  common.normalises = values_.truth("mlp", "normalise").value_or(true);
  common.route_scale = static_cast<float>(values_.number("mlp", "route_scale"));
  const std::uint64_t hidden = model_.shape.hidden;
  const std::uint64_t middle = common.intermediate;
  const auto count = static_cast<int>(common.count);
  ExpertBlock block;
  block.router = tensors_.matrix({"router", layer}, common.count, hidden);
  const auto read = [&](const char* role, std::uint64_t tensor_rows,
                        std::uint64_t first) {
    return tensors_.expert_matrices({role, layer}, count, tensor_rows, hidden,
                                    first, middle);
  };
  if (tensors_.has({"expert_gate_up", layer, 0}, ".weight")) {
    block.gate = read("expert_gate_up", 2 * middle, 0);
    block.up = read("expert_gate_up", 2 * middle, middle);
  } else {
    block.gate = read("expert_gate", middle, 0);
    block.up = read("expert_up", middle, 0);
  }
  block.down = tensors_.expert_matrices({"expert_down", layer}, count, hidden,
                                        middle, 0, hidden);
  return block;
}

}  // namespace etllm::importer
