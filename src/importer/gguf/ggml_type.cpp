#include "importer/gguf/ggml_type.h"

#include <array>

namespace etllm::importer {
namespace {

constexpr std::array kTypes = {
    // number, name, values per block, bytes per block
    GgmlTypeTraits{0, "F32", 1, 4},
    GgmlTypeTraits{1, "F16", 1, 2},
    GgmlTypeTraits{2, "Q4_0", 32, 18},
    GgmlTypeTraits{3, "Q4_1", 32, 20},
    GgmlTypeTraits{6, "Q5_0", 32, 22},
    GgmlTypeTraits{7, "Q5_1", 32, 24},
    GgmlTypeTraits{8, "Q8_0", 32, 34},
    GgmlTypeTraits{9, "Q8_1", 32, 40},
    GgmlTypeTraits{10, "Q2_K", 256, 84},
    GgmlTypeTraits{11, "Q3_K", 256, 110},
    GgmlTypeTraits{12, "Q4_K", 256, 144},
    GgmlTypeTraits{13, "Q5_K", 256, 176},
    GgmlTypeTraits{14, "Q6_K", 256, 210},
    GgmlTypeTraits{15, "Q8_K", 256, 292},
    GgmlTypeTraits{16, "IQ2_XXS", 256, 66},
    GgmlTypeTraits{17, "IQ2_XS", 256, 74},
    GgmlTypeTraits{18, "IQ3_XXS", 256, 98},
    GgmlTypeTraits{19, "IQ1_S", 256, 50},
    GgmlTypeTraits{20, "IQ4_NL", 32, 18},
    GgmlTypeTraits{21, "IQ3_S", 256, 110},
    GgmlTypeTraits{22, "IQ2_S", 256, 82},
    GgmlTypeTraits{23, "IQ4_XS", 256, 136},
    GgmlTypeTraits{24, "I8", 1, 1},
    GgmlTypeTraits{25, "I16", 1, 2},
    GgmlTypeTraits{26, "I32", 1, 4},
    GgmlTypeTraits{27, "I64", 1, 8},
    GgmlTypeTraits{28, "F64", 1, 8},
    GgmlTypeTraits{29, "IQ1_M", 256, 56},
    GgmlTypeTraits{30, "BF16", 1, 2},
    GgmlTypeTraits{34, "TQ1_0", 256, 54},
    GgmlTypeTraits{35, "TQ2_0", 256, 66},
    GgmlTypeTraits{39, "MXFP4", 32, 17},
    GgmlTypeTraits{40, "NVFP4", 64, 36},
    GgmlTypeTraits{41, "Q1_0", 128, 18},
};

constexpr GgmlTypeTraits kF8E4M3{static_cast<std::uint32_t>(GgmlType::kF8E4M3),
                                 "F8_E4M3", 1, 1};
constexpr GgmlTypeTraits kF8E5M2{static_cast<std::uint32_t>(GgmlType::kF8E5M2),
                                 "F8_E5M2", 1, 1};

/// As `find_ggml_type`, with the types that are not GGUF's.
const GgmlTypeTraits* find_element_traits(GgmlType type) {
  if (type == GgmlType::kF8E4M3) return &kF8E4M3;
  if (type == GgmlType::kF8E5M2) return &kF8E5M2;
  return find_ggml_type(static_cast<std::uint32_t>(type));
}

}  // namespace

const GgmlTypeTraits* find_ggml_type(std::uint32_t number) {
  for (const GgmlTypeTraits& traits : kTypes) {
    if (traits.number == number) return &traits;
  }
  return nullptr;
}

const GgmlTypeTraits& element_traits(GgmlType type) {
  return *find_element_traits(type);
}

std::string_view ggml_type_name(GgmlType type) {
  const auto* traits = find_element_traits(type);
  return traits == nullptr ? "unknown" : traits->name;
}

std::optional<std::uint64_t> ggml_tensor_bytes(const GgmlTypeTraits& traits,
                                               std::uint64_t rows,
                                               std::uint64_t cols) {
  if (cols % traits.block_values != 0) return std::nullopt;
  std::uint64_t bytes = cols / traits.block_values;
  if (__builtin_mul_overflow(bytes, traits.block_bytes, &bytes) ||
      __builtin_mul_overflow(bytes, rows, &bytes)) {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace etllm::importer
