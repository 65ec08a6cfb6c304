#include "tokenizers/decoders/byte_fallback.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// The byte of a piece like <0x0A>.
std::optional<char> byte_of(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') {
    return std::nullopt;
  }
  unsigned value = 0;
  const char* end = piece.data() + 5;
  const auto [stop, error] = std::from_chars(piece.data() + 3, end, value, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return static_cast<char>(value);
}

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
      const auto byte = byte_of(piece);
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
    const auto byte = byte_of(piece);
    if (byte.has_value()) piece.assign(1, *byte);
    return {};
  }
};

}  // namespace

etllm::Status append_byte_fallback_decoder(const Json& /*json*/,
                                           Decoders& steps) {
  steps.push_back(std::make_unique<ByteFallbackDecoder>());
  return {};
}

}  // namespace tokenizers::pipeline
