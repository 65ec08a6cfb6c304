#pragma once

// What an imported `.pte` carries besides the program.

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace etllm::engine {

/// Keys of the named data that the importer writes.
inline constexpr std::string_view kTokenizerKey = "tokenizer.json";
inline constexpr std::string_view kChatTemplateKey = "chat_template.jinja";
inline constexpr std::string_view kDescriptionKey = "etllm.json";

/// The texts in a model file; nullopt for those it does not have.
struct ModelAssets {
  std::optional<std::string> tokenizer_json;
  std::optional<std::string> chat_template;
  std::optional<std::string> description_json;
};

/// Checks the file and reads its texts, without loading a method. kNotFound,
/// kIoError or kInvalidData with a sentence that names `model_path`.
Result<ModelAssets> read_model_assets(const std::string& model_path);

}  // namespace etllm::engine
