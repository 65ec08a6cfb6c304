#include "importer/huggingface/text_part.h"

#include <utility>

namespace etllm::importer {
namespace {

/// Beginnings of names, and what a decoder alone has in their place. Which
/// ones a file has depends on the version that wrote it.
constexpr std::pair<std::string_view, std::string_view> kPrefixes[] = {
    {"model.language_model.", "model."},
    {"model.text_model.", "model."},
    {"language_model.", ""},
};

constexpr std::string_view kOtherParts[] = {
    "vision_tower.", "vision_model.", "multi_modal_projector.",
    "connector.",    "audio_tower.",  "image_newline",
};

/// Reads the whole prompt at once, later tokens too, which no decoder does.
constexpr std::string_view kNoDecoder = "paligemma";

}  // namespace

TextPart find_text_part(const Json& config) {
  const auto inner = config.find("text_config");
  if (inner == config.end() || !inner->is_object() ||
      !inner->contains("model_type") ||
      config.value("model_type", Json()) == Json(kNoDecoder)) {
    return {false, config};
  }
  // What the part leaves to the whole, such as whether the head is tied.
  TextPart part{true, config};
  part.config.erase("text_config");
  for (const auto& [key, value] : inner->items()) part.config[key] = value;
  return part;
}

std::string name_in_text_part(std::string_view name) {
  for (const auto& [prefix, instead] : kPrefixes) {
    if (!name.starts_with(prefix)) continue;
    name.remove_prefix(prefix.size());
    return std::string(instead).append(name);
  }
  return std::string(name);
}

bool is_outside_text_part(std::string_view name) {
  if (name.starts_with("model.")) name.remove_prefix(6);
  for (const std::string_view part : kOtherParts) {
    if (name.starts_with(part)) return true;
  }
  return false;
}

}  // namespace etllm::importer
