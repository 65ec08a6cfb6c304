#include <array>
#include <utility>

#include "importer/import.h"

namespace etllm::importer {
namespace {

constexpr std::array<std::pair<std::string_view, Quantization>, 6>
    kQuantizations = {{{"keep", Quantization::kKeep},
                       {"q8", Quantization::kQ8},
                       {"q4", Quantization::kQ4},
                       {"f16", Quantization::kF16},
                       {"bf16", Quantization::kBF16},
                       {"f32", Quantization::kF32}}};

constexpr std::array<std::pair<std::string_view, KvType>, 3> kKvTypes = {
    {{"f16", KvType::kF16}, {"f32", KvType::kF32}, {"q8", KvType::kQ8}}};

template <typename Table>
auto find_name(const Table& table, std::string_view text) {
  using Value = decltype(table[0].second);
  for (const auto& [name, value] : table) {
    if (name == text) return std::optional<Value>(value);
  }
  return std::optional<Value>();
}

}  // namespace

std::optional<Quantization> parse_quantization(std::string_view text) {
  return find_name(kQuantizations, text);
}

std::optional<TensorQuantization> parse_tensor_quantization(
    std::string_view text) {
  const std::size_t mark = text.rfind('=');
  if (mark == 0 || mark == std::string_view::npos) return std::nullopt;
  const auto quantization = parse_quantization(text.substr(mark + 1));
  if (!quantization) return std::nullopt;
  return TensorQuantization{std::string(text.substr(0, mark)), *quantization};
}

std::optional<KvType> parse_kv_type(std::string_view text) {
  return find_name(kKvTypes, text);
}

std::string_view kv_type_name(KvType type) {
  for (const auto& [name, value] : kKvTypes) {
    if (value == type) return name;
  }
  return {};
}

}  // namespace etllm::importer
