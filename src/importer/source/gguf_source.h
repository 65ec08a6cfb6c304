#pragma once

// A GGUF file as a ModelSource.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "importer/gguf/gguf_file.h"
#include "importer/source/model_source.h"

namespace etllm::importer {

class GgufSource final : public ModelSource {
 public:
  /// Fails as GgufFile::open does.
  static Result<std::unique_ptr<ModelSource>> open(const std::string& path);

  explicit GgufSource(GgufFile file);

  SourceKind kind() const override { return SourceKind::kGguf; }
  const std::string& path() const override { return file_.path(); }
  const std::string& config_path() const override { return file_.path(); }
  std::string format_text() const override {
    return "GGUF v" + std::to_string(file_.version());
  }
  std::string name() const override;
  std::uint64_t size_bytes() const override {
    return file_.file().bytes().size();
  }
  const std::vector<SourceTensor>& tensors() const override { return tensors_; }
  const SourceTensor* find_tensor(std::string_view name) const override;
  const Json& config() const override { return config_; }
  Result<ModelTexts> read_texts() const override;

 private:
  GgufFile file_;
  /// In the order of the file's own.
  std::vector<SourceTensor> tensors_;
  Json config_;
};

}  // namespace etllm::importer
