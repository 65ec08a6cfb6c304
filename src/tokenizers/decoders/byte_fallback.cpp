#include "tokenizers/decoders/byte_fallback.h"

#include <charconv>
#include <utility>

#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

class ByteFallbackDecoder final : public Decoder {
 public:
  etllm::Status decode(std::vector<std::string>& pieces) const override {
    std::vector<std::string> result;
    std::string bytes;
    const auto flush = [&] {
      if (valid_utf8_prefix(bytes) == bytes.size()) {
        if (!bytes.empty()) result.push_back(bytes);
      } else {
        // One replacement for each byte, not for each broken character.
        result.insert(result.end(), bytes.size(), std::string(kReplacement));
      }
      bytes.clear();
    };
    for (std::string& piece : pieces) {
      const auto byte = byte_of_token(piece);
      if (byte.has_value()) {
        bytes += *byte;
      } else {
        flush();
        result.push_back(std::move(piece));
      }
    }
    flush();
    pieces = std::move(result);
    return {};
  }

  etllm::Status decode_one(std::string& piece,
                           StreamPosition& /*position*/) const override {
    const auto byte = byte_of_token(piece);
    if (byte.has_value()) piece.assign(1, *byte);
    return {};
  }
};

}  // namespace

std::optional<char> byte_of_token(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') {
    return std::nullopt;
  }
  unsigned value = 0;
  const char* end = token.data() + 5;
  const auto [stop, error] = std::from_chars(token.data() + 3, end, value, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return static_cast<char>(value);
}

etllm::Status append_byte_fallback_decoder(const Json& /*json*/,
                                           Decoders& steps) {
  steps.push_back(std::make_unique<ByteFallbackDecoder>());
  return {};
}

}  // namespace tokenizers::pipeline
