#pragma once

// A folder as Hugging Face's hub has them, as a ModelSource: config.json,
// safetensors files, a tokenizer and what else belongs to a model. Of a model
// that sees or hears as well, the part that reads and writes text.

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "importer/huggingface/text_part.h"
#include "importer/safetensors/safetensors_file.h"
#include "importer/source/model_source.h"

namespace etllm::importer {

/// The folder that `path` means: itself, or the one of a config.json or a
/// safetensors file or index in it. Empty when it means none.
std::string folder_of_model(const std::string& path);

class ModelFolder final : public ModelSource {
 public:
  /// `folder` comes from `folder_of_model`. Fails with a sentence where a file
  /// is missing or damaged, or where the weights are quantized in a way that
  /// cannot be imported.
  static Result<std::unique_ptr<ModelSource>> open(const std::string& folder);

  SourceKind kind() const override { return SourceKind::kHuggingFace; }
  const std::string& path() const override { return folder_; }
  const std::string& config_path() const override { return config_path_; }
  std::string format_text() const override;
  std::string name() const override;
  std::uint64_t size_bytes() const override;
  const std::vector<SourceTensor>& tensors() const override { return tensors_; }
  const SourceTensor* find_tensor(std::string_view name) const override;
  const Json& config() const override { return text_part_.config; }
  Result<ModelTexts> read_texts() const override;

  /// For `open`.
  ModelFolder(std::string folder, Json config,
              std::vector<SafetensorsFile> files);

 private:
  /// The second half of the construction, which can fail.
  Status take_scales();

  std::string folder_;
  std::string config_path_;
  Json config_;
  TextPart text_part_;
  std::vector<SafetensorsFile> files_;
  std::vector<std::unique_ptr<const TensorScales>> scales_;
  std::vector<SourceTensor> tensors_;
  /// By the names that they would have in a model of text alone.
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace etllm::importer
