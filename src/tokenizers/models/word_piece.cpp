#include "tokenizers/models/word_piece.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/models/unknown_token.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

struct WordPieceRules {
  std::string unknown_token;
  std::string continuing_prefix;
  std::uint64_t max_characters;  // longer words are unknown
};

class WordPiece final : public Model {
 public:
  WordPiece(Vocabulary vocabulary, WordPieceRules rules)
      : Model(std::move(vocabulary)), rules_(std::move(rules)) {}

  etllm::Status tokenize(const std::vector<std::string_view>& words,
                         std::vector<Id>& ids) const override {
    std::string candidate;
    for (const std::string_view word : words) {
      const std::size_t before = ids.size();
      if (!is_too_long(word) && append_pieces(word, candidate, ids)) continue;
      ids.resize(before);
      const auto added =
          append_unknown(vocabulary(), rules_.unknown_token, ids);
      if (!added.ok()) return added;
    }
    return {};
  }

 private:
  bool is_too_long(std::string_view word) const {
    const auto continuations =
        std::count_if(word.begin(), word.end(), &is_utf8_continuation);
    return word.size() - static_cast<std::size_t>(continuations) >
           rules_.max_characters;
  }

  /// False when a part of the word is in no piece.
  bool append_pieces(std::string_view word, std::string& candidate,
                     std::vector<Id>& ids) const {
    bool is_first = true;
    while (!word.empty()) {
      candidate = is_first ? "" : rules_.continuing_prefix;
      const std::size_t length = longest_piece(word, candidate, ids);
      if (length == 0) return false;
      word.remove_prefix(length);
      is_first = false;
    }
    return true;
  }

  /// The length of the longest start of `rest` that is a piece behind
  /// `candidate`, which is changed; 0 if there is none.
  std::size_t longest_piece(std::string_view rest, std::string& candidate,
                            std::vector<Id>& ids) const {
    const std::size_t prefix = candidate.size();
    const std::size_t longest = vocabulary().longest_piece();
    std::size_t length =
        std::min(rest.size(), longest > prefix ? longest - prefix : 0);
    while (length > 0 && length < rest.size() &&
           is_utf8_continuation(rest[length])) {
      --length;
    }
    candidate += rest.substr(0, length);
    while (length > 0) {
      const auto id = vocabulary().find(candidate);
      if (id.has_value()) {
        ids.push_back(*id);
        return length;
      }
      const std::size_t last = decode_last_utf8(rest.substr(0, length)).length;
      length -= last;
      candidate.resize(candidate.size() - last);
    }
    return 0;
  }

  WordPieceRules rules_;
};

}  // namespace

etllm::Result<std::unique_ptr<Model>> make_word_piece(TokenizerJson& file) {
  constexpr std::uint64_t kDefaultMaxCharacters = 100;
  Fields fields(file.root["model"], "the model WordPiece");
  WordPieceRules rules;
  rules.unknown_token = fields.text("unk_token");
  rules.continuing_prefix =
      fields.optional_text("continuing_subword_prefix").value_or("##");
  rules.max_characters =
      fields.count_or("max_input_chars_per_word", kDefaultMaxCharacters);
  if (!fields.status().ok()) return fields.status();
  return std::unique_ptr<Model>(std::make_unique<WordPiece>(
      std::move(file.vocabulary), std::move(rules)));
}

}  // namespace tokenizers::pipeline
