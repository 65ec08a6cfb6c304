#pragma once

// ByteFallback: tokens like <0x0A> become their bytes.

#include <optional>
#include <string_view>

#include "tokenizers/decoders/decoder.h"

namespace tokenizers::pipeline {

/// The byte of a token like <0x0A>; nothing for others.
std::optional<char> byte_of_token(std::string_view token);

etllm::Status append_byte_fallback_decoder(const Json& json, Decoders& steps);

}  // namespace tokenizers::pipeline
