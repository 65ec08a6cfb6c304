#include "importer/source/model_source.h"

#include <algorithm>

#include "importer/huggingface/model_folder.h"
#include "importer/source/gguf_source.h"

namespace etllm::importer {

void TensorScales::apply(std::uint64_t row, std::uint64_t first_col,
                         std::span<float> row_values) const {
  const float* row_scales = values.data() + row / block_rows * blocks_per_row;
  for (std::size_t done = 0; done < row_values.size();) {
    const std::uint64_t col = first_col + done;
    const std::uint64_t block = col / block_cols;
    const std::uint64_t left = (block + 1) * block_cols - col;
    const auto count = static_cast<std::size_t>(
        std::min<std::uint64_t>(left, row_values.size() - done));
    for (float& value : row_values.subspan(done, count)) {
      value *= row_scales[block];
    }
    done += count;
  }
}

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
  const std::string folder = folder_of_model(path);
  return folder.empty() ? GgufSource::open(path) : ModelFolder::open(folder);
}

}  // namespace etllm::importer
