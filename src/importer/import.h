#pragma once

// Turns a GGUF file or a Hugging Face folder into one imported `.pte`: program,
// weights in kernel layout, and as named data the tokenizer, the chat template
// and a description of the model. Prints nothing; leaves a whole output file or
// none.
//
//   Result<ImportReport> report =
//       import_model("model.gguf", "model.pte", ImportOptions{});

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace etllm::importer {

/// How the matrices of the model are stored.
enum class Quantization {
  kKeep,  ///< As the model has them; no value changes.
  kQ8,    ///< At most 8 bits; what has as few already keeps its values.
  kQ4,    ///< At most 4 bits, embedding and output matrix at most 8.
  kF16,
  kBF16,
  kF32,
};

/// Element type of the key/value caches.
enum class KvType {
  kF16,
  kF32,
  kQ8,  ///< 8 bits, with a scale for each position and head.
};

/// "keep", "q8", "q4", "f16", "bf16" or "f32"; nullopt for anything else.
std::optional<Quantization> parse_quantization(std::string_view text);
/// "f16", "f32" or "q8"; nullopt for anything else.
std::optional<KvType> parse_kv_type(std::string_view text);
std::string_view kv_type_name(KvType type);

/// Another type for the tensors whose names in the program match `pattern`
/// (docs/importing.md).
struct TensorQuantization {
  std::string pattern;
  Quantization quantization = Quantization::kKeep;
};

/// "PATTERN=TYPE"; nullopt for anything else.
std::optional<TensorQuantization> parse_tensor_quantization(
    std::string_view text);

struct ImportOptions {
  Quantization quantization = Quantization::kKeep;
  /// Of several that match a name, the last counts; one that matches nothing is
  /// refused.
  std::vector<TensorQuantization> tensor_quantizations;
  /// Capacity of the key/value caches; 0 = the model's context length, at most
  /// 8192. More than the model was made for is refused.
  std::uint32_t context_tokens = 0;
  /// Largest number of tokens of one call of `forward`; at most the context.
  std::uint32_t prefill_chunk_tokens = 512;
  KvType kv_type = KvType::kF16;
  /// A JSON file that describes the architecture (docs/importing.md); empty:
  /// the one that is known for the model.
  std::string description_path;
  /// Hears the bytes written so far and in all; returns false to cancel.
  std::function<bool(std::uint64_t done_bytes, std::uint64_t total_bytes)>
      progress;
};

/// What was imported.
struct ImportReport {
  std::string model_name;
  std::string architecture;
  /// Matrices by format: "q4_min x 210, q8 x 1".
  std::string formats;
  std::uint64_t parameter_count = 0;
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  std::uint32_t context_tokens = 0;
  std::uint32_t prefill_chunk_tokens = 0;
  bool has_chat_template = false;
};

/// Imports `input` as `output`, replacing an older file of that name at the
/// end. Fails with kInvalidArgument (options, input and output the same file),
/// kNotFound, kInvalidData, kNotSupported, kIoError or kCancelled and a
/// sentence; nothing is left on disk then.
Result<ImportReport> import_model(const std::string& input,
                                  const std::string& output,
                                  const ImportOptions& options);

}  // namespace etllm::importer
