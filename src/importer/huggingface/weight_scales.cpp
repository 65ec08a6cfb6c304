#include "importer/huggingface/weight_scales.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "importer/source/in_quotes.h"
#include "importer/tensors/matrix_converter.h"

namespace etllm::importer {
namespace {

using TensorMap = std::unordered_map<std::string_view, const SourceTensor*>;

/// "quantization_config"; nullptr where the weights are not quantized.
const Json* find_quantization(const Json& config) {
  const auto found = config.find("quantization_config");
  return found != config.end() && found->is_object() ? &*found : nullptr;
}

std::string text_or(const Json& object, const char* key,
                    const char* otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>()
                                                     : std::string(otherwise);
}

bool is_f8(const SourceTensor& tensor) {
  return tensor.type == GgmlType::kF8E4M3 || tensor.type == GgmlType::kF8E5M2;
}

/// What a scale of a weight or of an activation is called, behind the name of
/// the layer.
bool is_scale_name(std::string_view name) {
  constexpr std::array<std::string_view, 5> kSuffixes = {
      ".weight_scale", ".weight_scale_inv", ".input_scale", ".activation_scale",
      ".input_scale_ub"};
  return std::any_of(kSuffixes.begin(), kSuffixes.end(),
                     [&](auto suffix) { return name.ends_with(suffix); });
}

/// The extents of the blocks that share a scale; nothing when the config does
/// not say.
std::optional<std::array<std::uint64_t, 2>> block_size(
    const Json& quantization) {
  const auto size = quantization.find("weight_block_size");
  if (size == quantization.end() || !size->is_array() || size->size() != 2) {
    return std::nullopt;
  }
  std::array<std::uint64_t, 2> extents{};
  for (std::size_t i = 0; i < 2; ++i) {
    if (!(*size)[i].is_number_unsigned()) return std::nullopt;
    extents[i] = (*size)[i].get<std::uint64_t>();
    if (extents[i] == 0) return std::nullopt;
  }
  return extents;
}

std::uint64_t blocks(std::uint64_t extent, std::uint64_t block) {
  return extent / block + (extent % block != 0 ? 1 : 0);
}

/// How `scale` is spread over the rows and columns of `weight`.
Result<TensorScales> spread(const SourceTensor& weight,
                            const SourceTensor& scale,
                            const Json& quantization) {
  auto values = read_floats(scale);
  if (!values.ok()) return values.status();
  TensorScales scales;
  scales.values = std::move(*values);
  const std::uint64_t count = scales.values.size();
  const std::uint64_t rows = weight.rows();
  const std::uint64_t cols = weight.cols();
  const auto block = block_size(quantization);
  if (count == 1) {
    scales.block_rows = rows;
    scales.block_cols = cols;
  } else if (count == rows && (scale.shape.size() == 1 || scale.cols() == 1)) {
    scales.block_cols = cols;
  } else if (block && scale.shape.size() == 2 &&
             scale.rows() == blocks(rows, (*block)[0]) &&
             scale.cols() == blocks(cols, (*block)[1])) {
    scales.block_rows = (*block)[0];
    scales.block_cols = (*block)[1];
    scales.blocks_per_row = scale.cols();
  } else {
    return invalid_data(
        scale.text() + " has shape " + scale.shape_text() +
        ", which is neither one number, nor one for each row, nor one for each "
        "block of the weight of shape " +
        weight.shape_text() + "; download the model again");
  }
  return scales;
}

}  // namespace

Status check_quantization(const Json& config, const std::string& path) {
  const Json* quantization = find_quantization(config);
  if (quantization == nullptr) return {};
  const std::string method =
      text_or(*quantization, "quant_method", "an unnamed method");
  const bool is_plain_f8 =
      method == "fp8" || method == "fbgemm_fp8" ||
      (method == "compressed-tensors" &&
       text_or(*quantization, "format", "") == "float-quantized");
  if (is_plain_f8) return {};
  return not_supported(
      "'" + path + "': the weights are quantized by " + in_quotes(method) +
      ", which cannot be imported; download the model in its original form "
      "(bf16, f16 or f32) or as GGUF, and quantize it here (--quant q4)");
}

Result<std::vector<std::unique_ptr<const TensorScales>>> take_weight_scales(
    const Json& config, std::vector<SourceTensor>& tensors) {
  std::vector<std::unique_ptr<const TensorScales>> taken;
  const Json* quantization = find_quantization(config);
  if (quantization == nullptr) return taken;
  TensorMap by_name;
  for (const SourceTensor& tensor : tensors) {
    by_name.emplace(tensor.name, &tensor);
  }
  for (SourceTensor& tensor : tensors) {
    if (!is_f8(tensor)) continue;
    for (const char* suffix : {"_scale_inv", "_scale"}) {
      const auto scale = by_name.find(std::string(tensor.name) + suffix);
      if (scale == by_name.end()) continue;
      auto scales = spread(tensor, *scale->second, *quantization);
      if (!scales.ok()) return scales.status();
      taken.push_back(std::make_unique<const TensorScales>(std::move(*scales)));
      tensor.scales = taken.back().get();
      break;
    }
  }
  std::erase_if(tensors, [](const SourceTensor& tensor) {
    return is_scale_name(tensor.name);
  });
  return taken;
}

}  // namespace etllm::importer
