#pragma once

// Small JSON files; json_document.h has the large ones.

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/status.h"

namespace tokenizers::pipeline {

/// Objects and lists inside each other: no file of a model needs more, and
/// every component would have to guard against it.
inline constexpr int kMaxJsonDepth = 64;

/// Fails with what follows "it", or the file's name: "is not valid JSON", "is
/// nested too deeply", "is not a JSON object".
etllm::Result<nlohmann::json> parse_json_object(std::string_view text,
                                                int max_depth = kMaxJsonDepth);

}  // namespace tokenizers::pipeline
