#include "importer/source/model_source.h"

#include "importer/source/gguf_source.h"

namespace etllm::importer {

std::uint64_t SourceTensor::rows() const {
  std::uint64_t rows = 1;
  for (std::size_t i = 0; i + 1 < shape.size(); ++i) rows *= shape[i];
  return rows;
}

std::string SourceTensor::shape_text() const {
  std::string text = "[";
  for (const std::uint64_t extent : shape) {
    text += (text.size() == 1 ? "" : ", ") + std::to_string(extent);
  }
  return text + "]";
}

std::string SourceTensor::text() const {
  return "'" + file->path() + "': tensor " + in_quotes(name);
}

Result<std::unique_ptr<ModelSource>> open_model(const std::string& path) {
  return GgufSource::open(path);
}

}  // namespace etllm::importer
