#pragma once

// Models that take pictures or sound beside text hold a decoder inside: its
// configuration is the member text_config of theirs, and the names of its
// tensors begin otherwise.

#include <string>
#include <string_view>

#include "importer/source/model_source.h"

namespace etllm::importer {

struct TextPart {
  bool is_inside = false;  ///< Else the whole model is a decoder of text.
  /// As the decoder alone would have it.
  Json config;
};

/// The decoder in the model that `config`, a config.json, describes.
TextPart find_text_part(const Json& config);

/// The name that a tensor would have in the decoder alone.
std::string name_in_text_part(std::string_view name);

/// Whether a tensor belongs to what reads pictures or sound.
bool is_outside_text_part(std::string_view name);

}  // namespace etllm::importer
