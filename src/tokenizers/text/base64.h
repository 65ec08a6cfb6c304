#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tokenizers::pipeline {

/// The bytes that `text` encodes, padded or not; nothing when it is not
/// base64.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace tokenizers::pipeline
