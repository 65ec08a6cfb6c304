#pragma once

// What an imported `.pte` carries besides the program.

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace etllm::engine {

/// Keys of the named data that the importer writes.
inline constexpr std::array<std::string_view, 4> kTokenizerKeys = {
    "tokenizer.json", "tekken.json", "tokenizer.model", "tokenizer.tiktoken"};
inline constexpr std::string_view kTokenizerConfigKey = "tokenizer_config.json";
inline constexpr std::string_view kChatTemplateKey = "chat_template.jinja";
inline constexpr std::string_view kDescriptionKey = "etllm.json";

/// The texts in a model file; nullopt for those it does not have.
struct ModelAssets {
  /// In any format; the first of the keys above.
  std::optional<std::string> tokenizer;
  std::optional<std::string> tokenizer_config;
  std::optional<std::string> chat_template;
  std::optional<std::string> description_json;
};

/// Checks the file and reads its texts, without loading a method. kNotFound,
/// kIoError or kInvalidData with a sentence that names `model_path`.
Result<ModelAssets> read_model_assets(const std::string& model_path);

}  // namespace etllm::engine
