#include "importer/architectures/architecture.h"

#include <utility>

#include "importer/architectures/description.h"
#include "importer/architectures/description_values.h"
#include "importer/architectures/layer_reader.h"
#include "importer/architectures/rope_reader.h"

namespace etllm::importer {
namespace {

// Well above the largest models; they keep every product below 2^31.
constexpr std::uint32_t kMaxLayers = 1'024;
constexpr std::uint32_t kMaxHidden = 65'536;
constexpr std::uint32_t kMaxIntermediate = 524'288;
constexpr std::uint32_t kMaxHeads = 1'024;
constexpr std::uint32_t kMaxHeadSize = 1'024;
constexpr std::uint32_t kMaxVocabulary = 4'194'304;
constexpr std::uint32_t kMaxContext = 16'777'216;

class DecoderReader {
 public:
  DecoderReader(const ModelSource& source, const Json& description)
      : source_(source),
        description_(description),
        expressions_(source),
        tensors_(source, description["tensors"]),
        values_(description, expressions_, tensors_) {}

  Result<DecoderModel> read() {
    model_.architecture = description_["family"].get<std::string>();
    refuse_features();
    read_shape();
    if (!tensors_.status().ok()) return tensors_.status();
    read_embedding();
    read_parameters();
    LayerReader layers(description_, source_, expressions_, tensors_, model_);
    for (std::uint32_t i = 0; i < model_.shape.layers; ++i) {
      if (!tensors_.status().ok()) return tensors_.status();
      model_.layers.push_back(layers.read(static_cast<int>(i)));
    }
    read_head(layers);
    tensors_.expect_no_other_tensors(description_["ignore"]);
    if (!tensors_.status().ok()) return tensors_.status();
    return std::move(model_);
  }

 private:
  /// What the description says nobody can import.
  void refuse_features() {
    for (const auto& [key, clause] : description_["refuse"].items()) {
      const Json* value = expressions_.find(key);
      if (value == nullptr || !is_true(*value)) continue;
      tensors_.fail(
          not_supported("'" + source_.config_path() + "': " + in_quotes(key) +
                        " is " + value->dump() + ": " +
                        (clause.is_string() ? clause.get<std::string>() : "") +
                        " cannot be imported"));
    }
  }

  std::uint32_t read_size(const char* name, std::uint32_t limit) {
    const std::uint32_t size = values_.size("sizes", name, limit);
    expressions_.define(name, size);
    return size;
  }

  void read_shape() {
    DecoderShape& shape = model_.shape;
    shape.layers = read_size("layers", kMaxLayers);
    shape.hidden = read_size("hidden", kMaxHidden);
    shape.query_heads = read_size("heads", kMaxHeads);
    shape.kv_heads = read_size("kv_heads", kMaxHeads);
    check_heads();
    if (!tensors_.status().ok()) return;
    shape.head_size = read_size("head_size", kMaxHeadSize);
    check_value_heads();
    shape.intermediate = read_size("intermediate", kMaxIntermediate);
    shape.context_tokens = read_size("context", kMaxContext);
    read_vocabulary();
  }

  void check_heads() {
    const DecoderShape& shape = model_.shape;
    const auto head = expressions_.evaluate(description_["sizes"]["head_size"]);
    const bool is_share = head && head->is_number_float();
    if (is_share && shape.hidden % shape.query_heads != 0) {
      tensors_.fail(invalid_data(tensors_.file_text() + "a hidden size of " +
                                 std::to_string(shape.hidden) +
                                 " cannot be shared by " +
                                 std::to_string(shape.query_heads) +
                                 " attention heads; convert the model again"));
    }
    if (shape.query_heads % shape.kv_heads != 0) {
      tensors_.fail(invalid_data(
          tensors_.file_text() + std::to_string(shape.query_heads) +
          " attention heads cannot share " + std::to_string(shape.kv_heads) +
          " key/value heads; convert the model again"));
    }
  }

  /// GGUF files say how large heads of values are.
  void check_value_heads() {
    const Json* size = expressions_.find("attention.value_length");
    if (size == nullptr || *size == Json(model_.shape.head_size)) return;
    tensors_.fail(not_supported(
        tensors_.file_text() + "key and value heads of " +
        std::to_string(model_.shape.head_size) + " and " + size->dump() +
        " values cannot be imported: they must be equal"));
  }

  void read_vocabulary() {
    const SourceTensor* embedding = tensors_.find({"embedding"}, ".weight");
    const std::uint64_t rows = embedding == nullptr ? 1 : embedding->rows();
    if (!expressions_.evaluate(values_.member("sizes", "vocabulary"))) {
      model_.shape.vocabulary =
          static_cast<std::uint32_t>(rows <= kMaxVocabulary ? rows : 1);
    } else {
      model_.shape.vocabulary = read_size("vocabulary", kMaxVocabulary);
    }
    expressions_.define("vocabulary", model_.shape.vocabulary);
  }

  void read_embedding() {
    const DecoderShape& shape = model_.shape;
    model_.embedding =
        tensors_.matrix({"embedding"}, shape.vocabulary, shape.hidden);
    model_.embedding_scale =
        static_cast<float>(values_.number("embedding", "scale"));
    if (!values_.truth("embedding", "positions").value_or(false)) return;
    RowOrder order;
    order.first = values_.count("embedding", "position_offset", kMaxContext);
    model_.positions =
        tensors_.matrix_part({"positions"}, shape.context_tokens + order.first,
                             shape.hidden, order, shape.context_tokens);
  }

  void read_parameters() {
    model_.attention_soft_cap =
        static_cast<float>(values_.number_or_zero("attention", "soft_cap"));
    model_.has_parallel_residual =
        values_.truth("residual", "parallel").value_or(false);
    model_.residual_scale =
        static_cast<float>(values_.number("residual", "scale"));
    model_.logit_scale = static_cast<float>(values_.number("head", "scale"));
    model_.logit_soft_cap =
        static_cast<float>(values_.number_or_zero("head", "soft_cap"));
  }

  void read_head(LayerReader& layers) {
    const DecoderShape& shape = model_.shape;
    if (values_.truth("embedding", "norm").value_or(false)) {
      model_.embedding_norm = layers.read_norm({"embedding_norm"});
    }
    if (values_.truth("norms", "final").value_or(false)) {
      model_.final_norm = layers.read_norm({"final_norm"});
    }
    const bool has_own = tensors_.has({"head"}, ".weight");
    model_.has_tied_head = values_.truth("head", "tied").value_or(!has_own);
    if (model_.has_tied_head) {
      // A copy of the embedding, where there is one.
      tensors_.find({"head"}, ".weight");
      model_.head.weight = model_.embedding;
    } else {
      model_.head.weight =
          tensors_.matrix({"head"}, shape.vocabulary, shape.hidden);
    }
    if (values_.truth("head", "bias").value_or(false)) {
      model_.head.bias = tensors_.vector({"head"}, ".bias", shape.vocabulary);
    }
  }

  const ModelSource& source_;
  const Json& description_;
  Expressions expressions_;
  TensorReader tensors_;
  DescriptionValues values_;
  DecoderModel model_;
};

}  // namespace

Result<DecoderModel> read_decoder_model(const ModelSource& source,
                                        const std::string& description_path) {
  const Result<Json> description = find_description(source, description_path);
  if (!description.ok()) return description.status();
  return DecoderReader(source, *description).read();
}

}  // namespace etllm::importer
