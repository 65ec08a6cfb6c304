#include "tokenizers/normalizers/precompiled.h"

#include <string_view>
#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/text/base64.h"
#include "tokenizers/text/character_map.h"
#include "tokenizers/text/graphemes.h"
#include "tokenizers/text/limits.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

/// Longer graphemes are looked up character by character.
constexpr std::size_t kMaxGraphemeBytes = 5;

class Precompiled final : public Normalizer {
 public:
  explicit Precompiled(CharacterMap map) : map_(std::move(map)) {}

  etllm::Status normalize(std::string& text) const override {
    std::string result;
    result.reserve(text.size());
    for_each_grapheme(
        text, [&](std::string_view grapheme) { append(grapheme, result); });
    text = std::move(result);
    return {};
  }

 private:
  void append(std::string_view grapheme, std::string& result) const {
    if (grapheme.size() <= kMaxGraphemeBytes) {
      if (const auto found = map_.find(grapheme)) {
        result += *found;
        return;
      }
    }
    while (!grapheme.empty()) {
      const std::size_t length = utf8_length(grapheme[0]);
      const std::string_view character = grapheme.substr(0, length);
      result += map_.find(character).value_or(character);
      grapheme.remove_prefix(length);
    }
  }

  CharacterMap map_;
};

}  // namespace

etllm::Status append_precompiled(const Json& json, Normalizers& steps) {
  Fields fields(json, "the normalizer Precompiled");
  const std::string encoded = fields.text("precompiled_charsmap");
  if (!fields.status().ok()) return fields.status();
  const auto bytes = decode_base64(encoded);
  if (!bytes.has_value()) {
    fields.fail("'precompiled_charsmap' is not base64");
    return fields.status();
  }
  auto map = CharacterMap::parse(*bytes);
  if (!map.ok()) {
    fields.fail(map.status().message());
    return fields.status();
  }
  steps.push_back(std::make_unique<Precompiled>(*std::move(map)));
  return {};
}

}  // namespace tokenizers::pipeline
