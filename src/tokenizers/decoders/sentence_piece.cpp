#include "tokenizers/decoders/sentence_piece.h"

#include <optional>
#include <string_view>
#include <utility>

#include "tokenizers/decoders/byte_fallback.h"
#include "tokenizers/models/bpe/word_cut.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

struct Rules {
  std::string unknown_piece;
  std::string unknown_surface;
  bool strips_first = false;  // one space in front of the text
  bool strips_all = false;    // each space in front of the text
  bool has_bytes = false;
};

/// Valid characters, and U+FFFD for each other byte.
std::string readable(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const std::size_t valid = valid_utf8_prefix(bytes);
    text += bytes.substr(0, valid);
    bytes.remove_prefix(valid);
    if (bytes.empty()) break;
    text += "\xef\xbf\xbd";
    bytes.remove_prefix(1);
  }
  return text;
}

class SentencePieceDecoder final : public Decoder {
 public:
  explicit SentencePieceDecoder(Rules rules) : rules_(std::move(rules)) {}

  etllm::Status decode(std::vector<std::string>& pieces) const override {
    std::vector<std::string> texts;
    std::string bytes;
    bool at_start = true;
    const auto flush = [&] {
      if (!bytes.empty()) texts.push_back(readable(bytes));
      bytes.clear();
    };
    for (std::string& piece : pieces) {
      if (const auto byte = byte_of(piece)) {
        bytes += *byte;
        at_start = false;
        continue;
      }
      flush();
      const bool stripped = rewrite(piece, at_start);
      at_start = at_start && !stripped && piece.empty();
      texts.push_back(std::move(piece));
    }
    flush();
    pieces = std::move(texts);
    return {};
  }

  etllm::Status decode_one(std::string& piece,
                           StreamPosition& position) const override {
    if (const auto byte = byte_of(piece)) {
      piece.assign(1, *byte);
    } else {
      rewrite(piece, position.is_first);
    }
    return {};
  }

 private:
  std::optional<char> byte_of(std::string_view piece) const {
    return rules_.has_bytes ? byte_of_token(piece) : std::nullopt;
  }

  /// Whether the space in front of the text was taken, so that a second one
  /// stays.
  bool rewrite(std::string& piece, bool at_start) const {
    if (piece == rules_.unknown_piece) {
      piece = rules_.unknown_surface;
      return false;
    }
    std::string_view rest = piece;
    bool stripped = false;
    if (at_start && rules_.strips_first && rest.starts_with(kSpaceMark)) {
      rest.remove_prefix(kSpaceMark.size());
      stripped = !rules_.strips_all;
    }
    std::string text;
    while (!rest.empty()) {
      const bool is_mark = rest.starts_with(kSpaceMark);
      text += is_mark ? ' ' : rest.front();
      rest.remove_prefix(is_mark ? kSpaceMark.size() : 1);
    }
    piece = std::move(text);
    return stripped;
  }

  Rules rules_;
};

}  // namespace

std::unique_ptr<Decoder> make_sentence_piece_decoder(
    const SentencePieceModel& model) {
  Rules rules;
  for (const auto& piece : model.pieces) {
    if (piece.type == SentencePieceModel::PieceType::kUnknown) {
      rules.unknown_piece = piece.text;
    }
    rules.has_bytes =
        rules.has_bytes || piece.type == SentencePieceModel::PieceType::kByte;
  }
  rules.unknown_surface = model.unknown_surface;
  rules.strips_first = model.add_dummy_prefix || model.remove_extra_whitespaces;
  rules.strips_all = model.remove_extra_whitespaces;
  return std::make_unique<SentencePieceDecoder>(std::move(rules));
}

}  // namespace tokenizers::pipeline
