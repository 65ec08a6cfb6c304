#include <cmath>
#include <string>
#include <string_view>

#include "importer/architectures/architecture.h"
#include "importer/architectures/model_reader.h"
#include "importer/tensors/matrix_converter.h"

namespace etllm::importer {
namespace {

// Well above the largest Llama; they keep every product below 2^31.
constexpr std::uint32_t kMaxLayers = 1'024;
constexpr std::uint32_t kMaxHidden = 65'536;
constexpr std::uint32_t kMaxIntermediate = 524'288;
constexpr std::uint32_t kMaxHeads = 1'024;
constexpr std::uint32_t kMaxHeadSize = 1'024;
constexpr std::uint32_t kMaxVocabulary = 4'194'304;
constexpr std::uint32_t kMaxContext = 16'777'216;

/// The size of a head, from the metadata or as a share of the hidden size.
std::uint32_t read_head_size(ModelReader& reader, const DecoderShape& shape) {
  if (!reader.has("attention.key_length") &&
      shape.hidden % shape.query_heads != 0) {
    reader.fail(invalid_data(reader.file_text() + "a hidden size of " +
                             std::to_string(shape.hidden) +
                             " cannot be shared by " +
                             std::to_string(shape.query_heads) +
                             " attention heads; convert the model again"));
    return 1;
  }
  const std::uint32_t share = shape.hidden / shape.query_heads;
  const std::uint32_t key =
      reader.size_or("attention.key_length", kMaxHeadSize, share);
  const std::uint32_t value =
      reader.size_or("attention.value_length", kMaxHeadSize, key);
  if (key != value || key > kMaxHeadSize) {
    reader.fail(not_supported(
        reader.file_text() + "key and value heads of " + std::to_string(key) +
        " and " + std::to_string(value) +
        " values cannot be imported: they must be equal and at most " +
        std::to_string(kMaxHeadSize)));
  }
  return key;
}

std::uint32_t read_vocabulary(ModelReader& reader, const ModelSource& source) {
  const SourceTensor* embedding = source.find_tensor("token_embd.weight");
  if (embedding == nullptr || embedding->rows() > kMaxVocabulary) return 1;
  const auto rows = static_cast<std::uint32_t>(embedding->rows());
  const std::uint32_t announced =
      reader.size_or("vocab_size", kMaxVocabulary, rows);
  if (announced != rows) {
    reader.fail(
        invalid_data(reader.file_text() + "the metadata speak of " +
                     std::to_string(announced) + " tokens, the embedding has " +
                     std::to_string(rows) + "; convert the model again"));
  }
  return rows;
}

DecoderShape read_shape(ModelReader& reader, const ModelSource& source) {
  DecoderShape shape;
  shape.layers = reader.size("block_count", kMaxLayers);
  shape.hidden = reader.size("embedding_length", kMaxHidden);
  shape.intermediate = reader.size("feed_forward_length", kMaxIntermediate);
  shape.query_heads = reader.size("attention.head_count", kMaxHeads);
  shape.kv_heads =
      reader.size_or("attention.head_count_kv", kMaxHeads, shape.query_heads);
  shape.context_tokens = reader.size("context_length", kMaxContext);
  shape.norm_epsilon =
      static_cast<float>(reader.positive("attention.layer_norm_rms_epsilon"));
  shape.head_size = read_head_size(reader, shape);
  shape.vocabulary = read_vocabulary(reader, source);
  if (shape.query_heads % shape.kv_heads != 0) {
    reader.fail(invalid_data(
        reader.file_text() + std::to_string(shape.query_heads) +
        " attention heads cannot share " + std::to_string(shape.kv_heads) +
        " key/value heads; convert the model again"));
  }
  return shape;
}

/// Features of later files of this architecture that change the arithmetic.
void refuse_variants(ModelReader& reader, const ModelSource& source) {
  if (reader.size_or("expert_count", 65'536, 1) > 1) {
    reader.fail(not_supported(reader.file_text() +
                              "mixtures of experts cannot be imported"));
  }
  const std::string scaling = reader.text_or("rope.scaling.type", "none");
  if (scaling != "none" && scaling != "linear") {
    reader.fail(not_supported(reader.file_text() + "rope scaling of type " +
                              in_quotes(scaling) +
                              " cannot be imported; 'linear' and the factors "
                              "of Llama 3 can"));
  }
}

/// What Llama 3.1 and its successors divide each frequency by; empty without.
std::vector<float> read_rope_factors(ModelReader& reader,
                                     const ModelSource& source,
                                     std::uint32_t pairs) {
  const SourceTensor* tensor =
      reader.optional_tensor("rope_freqs.weight", {pairs});
  if (tensor == nullptr || !reader.status().ok()) return {};
  Result<std::vector<float>> factors = read_floats(*tensor);
  if (!factors.ok()) {
    reader.fail(factors.status());
    return {};
  }
  for (const float factor : *factors) {
    if (factor > 0) continue;
    reader.fail(invalid_data(reader.file_text() +
                             "tensor 'rope_freqs.weight' holds factors that "
                             "are not positive; convert the model again"));
  }
  return std::move(*factors);
}

RopeParameters read_rope(ModelReader& reader, const ModelSource& source,
                         std::uint32_t head_size) {
  RopeParameters rope;
  // GGUF files of this architecture have the rows of queries and keys in an
  // order that makes neighbours of what is rotated together.
  rope.interleaved = true;
  const std::uint32_t rotated =
      reader.size_or("rope.dimension_count", kMaxHeadSize, head_size);
  if (rotated > head_size || rotated % 2 != 0) {
    reader.fail(invalid_data(
        reader.file_text() + "a rotation of " + std::to_string(rotated) +
        " of the " + std::to_string(head_size) +
        " values of a head is impossible; convert the model again"));
    return rope;
  }
  const double base = reader.positive_or("rope.freq_base", 10'000.0);
  const bool is_linear =
      reader.text_or("rope.scaling.type", "none") == "linear";
  // The second key is how older files spelled the first.
  const double linear = is_linear
                            ? reader.positive("rope.scaling.factor")
                            : reader.positive_or("rope.scale_linear", 1.0);
  const auto factors = read_rope_factors(reader, source, rotated / 2);
  for (std::uint32_t i = 0; i < rotated / 2; ++i) {
    const double exponent = -2.0 * i / rotated;
    const double factor = factors.empty() ? 1.0 : factors[i];
    const double frequency = std::pow(base, exponent) / (factor * linear);
    // Real models start at one radian per token and go down from there.
    if (frequency > 1e3) {
      reader.fail(invalid_data(reader.file_text() +
                               "the rope parameters give impossible "
                               "frequencies; convert the model again"));
      return rope;
    }
    rope.inverse_frequencies.push_back(static_cast<float>(frequency));
  }
  return rope;
}

DecoderLayer read_layer(ModelReader& reader, const DecoderShape& shape,
                        std::uint32_t index) {
  const std::string block = "blk." + std::to_string(index) + ".";
  const std::uint64_t hidden = shape.hidden;
  const std::uint64_t query = shape.query_size();
  const std::uint64_t kv = shape.kv_size();
  const std::uint64_t middle = shape.intermediate;
  DecoderLayer layer;
  layer.attention_norm = reader.tensor(block + "attn_norm.weight", {hidden});
  layer.query = reader.tensor(block + "attn_q.weight", {query, hidden});
  layer.key = reader.tensor(block + "attn_k.weight", {kv, hidden});
  layer.value = reader.tensor(block + "attn_v.weight", {kv, hidden});
  layer.attention_output =
      reader.tensor(block + "attn_output.weight", {hidden, query});
  layer.mlp_norm = reader.tensor(block + "ffn_norm.weight", {hidden});
  layer.gate = reader.tensor(block + "ffn_gate.weight", {middle, hidden});
  layer.up = reader.tensor(block + "ffn_up.weight", {middle, hidden});
  layer.down = reader.tensor(block + "ffn_down.weight", {hidden, middle});
  // Some files carry the frequencies of the rotation once more.
  reader.optional_tensor(block + "attn_rot_embd", {shape.head_size / 2});
  return layer;
}

}  // namespace

Result<DecoderModel> read_llama_model(const ModelSource& source) {
  ModelReader reader(source, "llama");
  DecoderModel model;
  model.architecture = "llama";
  refuse_variants(reader, source);
  model.shape = read_shape(reader, source);
  if (!reader.status().ok()) return reader.status();
  model.rope = read_rope(reader, source, model.shape.head_size);

  const std::uint64_t hidden = model.shape.hidden;
  const std::uint64_t vocabulary = model.shape.vocabulary;
  model.embedding = reader.tensor("token_embd.weight", {vocabulary, hidden});
  model.output_norm = reader.tensor("output_norm.weight", {hidden});
  model.output = reader.optional_tensor("output.weight", {vocabulary, hidden});
  if (model.output == nullptr) model.output = model.embedding;
  for (std::uint32_t i = 0; i < model.shape.layers; ++i) {
    if (!reader.status().ok()) return reader.status();
    model.layers.push_back(read_layer(reader, model.shape, i));
  }
  reader.expect_no_other_tensors();
  if (!reader.status().ok()) return reader.status();
  return model;
}

}  // namespace etllm::importer
