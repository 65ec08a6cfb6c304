#pragma once

// A model on disk, whatever its format: tensors, configuration, and the texts
// that go with it. What formats have in common, so that nothing behind this
// header knows which one it reads.
//
//   Result<std::unique_ptr<ModelSource>> source = open_model("model.gguf");
//   const SourceTensor* norm = (*source)->find_tensor("output_norm.weight");

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mapped_file.h"
#include "base/status.h"
#include "importer/gguf/ggml_type.h"
#include "importer/source/in_quotes.h"

namespace etllm::importer {

using Json = nlohmann::ordered_json;

/// What the values of a tensor are multiplied by: a number for each block.
struct TensorScales {
  std::uint64_t block_rows = 1;
  std::uint64_t block_cols = 1;
  std::uint64_t blocks_per_row = 1;
  std::vector<float> values;

  /// Multiplies the values of `row` that begin at column `first_col`.
  void apply(std::uint64_t row, std::uint64_t first_col,
             std::span<float> row_values) const;
};

/// One tensor: a view of a mapped file. Whoever makes one has checked that
/// `data` has as many bytes as type and shape ask for, and that no extent is 0.
struct SourceTensor {
  std::string_view name;
  GgmlType type = GgmlType::kF32;
  /// Outermost first; a single number has none.
  std::vector<std::uint64_t> shape;
  std::span<const std::byte> data;
  /// Where `data` lies: for sentences, and to give pages back.
  const MappedFile* file = nullptr;
  const TensorScales* scales = nullptr;  ///< Null: all are 1.

  std::uint64_t cols() const { return shape.empty() ? 1 : shape.back(); }
  std::uint64_t rows() const;
  /// "[1536, 576]", outermost first.
  std::string shape_text() const;
  /// "'model.gguf': tensor 'output.weight'" for sentences.
  std::string text() const;
};

enum class SourceKind : std::uint8_t { kGguf, kHuggingFace };

/// How the authors of a model want its tokens chosen; absent where they do not
/// say.
struct SamplingDefaults {
  std::optional<double> temperature;  ///< 0: always the likeliest token.
  std::optional<double> top_p;
  std::optional<double> min_p;
  std::optional<std::int64_t> top_k;
  std::optional<double> repetition_penalty;
};

/// What a model has besides weights and configuration.
struct ModelTexts {
  /// Tokenizer files by the name under which the program carries them, such as
  /// "tokenizer.json".
  std::vector<std::pair<std::string, std::string>> tokenizer_files;
  /// The model needs as many embeddings, and may have room for more. Added
  /// tokens do not count in folders: some come with one that the model lacks,
  /// such as that of a picture.
  std::uint64_t token_count = 0;
  std::string chat_template;  ///< Empty when the model has none.
  std::optional<std::int64_t> bos;
  /// Every token that ends an answer, the model's own choice first.
  std::vector<std::int64_t> eos;
  SamplingDefaults sampling;
};

/// Immutable; reading from several threads is safe. Views handed out live as
/// long as the object.
class ModelSource {
 public:
  ModelSource() = default;
  ModelSource(const ModelSource&) = delete;
  ModelSource& operator=(const ModelSource&) = delete;
  virtual ~ModelSource() = default;

  virtual SourceKind kind() const = 0;
  /// The file or folder, as the caller named it.
  virtual const std::string& path() const = 0;
  /// The file that holds `config()`.
  virtual const std::string& config_path() const = 0;
  /// The format for people, such as "GGUF v3".
  virtual std::string format_text() const = 0;
  /// The name a model gives itself; may be empty, may hold any bytes.
  virtual std::string name() const = 0;
  /// Bytes of the files that hold the tensors.
  virtual std::uint64_t size_bytes() const = 0;

  virtual const std::vector<SourceTensor>& tensors() const = 0;
  /// nullptr when there is no tensor of that name.
  virtual const SourceTensor* find_tensor(std::string_view name) const = 0;

  /// An object: config.json, or the metadata of a GGUF file under their dotted
  /// keys, without the lists of tokens. Strings may hold any bytes.
  virtual const Json& config() const = 0;
  /// Fails with a sentence where they are missing or contradict themselves.
  virtual Result<ModelTexts> read_texts() const = 0;
};

/// Opens a GGUF file, or a folder of Hugging Face's kind (also by a config.json
/// or a safetensors file in it). Fails as GgufFile::open or ModelFolder::open.
Result<std::unique_ptr<ModelSource>> open_model(const std::string& path);

}  // namespace etllm::importer
