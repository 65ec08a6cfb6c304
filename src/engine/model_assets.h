#pragma once

// What an imported `.pte` carries besides the program.

#include <executorch/runtime/core/freeable_buffer.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace etllm::engine {

/// Keys of the named data that the importer writes.
inline constexpr std::array<std::string_view, 4> kTokenizerKeys = {
    "tokenizer.json", "tekken.json", "tokenizer.model", "tokenizer.tiktoken"};
inline constexpr std::string_view kTokenizerConfigKey = "tokenizer_config.json";
inline constexpr std::string_view kChatTemplateKey = "chat_template.jinja";
inline constexpr std::string_view kDescriptionKey = "etllm.json";

/// The texts in a model file, where it is mapped; nullopt for those it does not
/// have. They live as long as this object, also when it is moved.
struct ModelAssets {
  /// In any format; the first of the keys above.
  std::optional<std::string_view> tokenizer;
  std::optional<std::string_view> tokenizer_config;
  std::optional<std::string_view> chat_template;
  std::optional<std::string_view> description_json;
  /// Keep the texts mapped.
  std::vector<executorch::runtime::FreeableBuffer> mappings;
};

/// Checks the file and maps its texts, without loading a method. kNotFound,
/// kIoError or kInvalidData with a sentence that names `model_path`.
Result<ModelAssets> read_model_assets(const std::string& model_path);

}  // namespace etllm::engine
