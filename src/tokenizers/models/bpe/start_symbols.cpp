#include "tokenizers/models/bpe/start_symbols.h"

#include <utility>

#include "tokenizers/models/unknown_token.h"
#include "tokenizers/text/byte_alphabet.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {

StartSymbols::StartSymbols(StartRules rules, const Vocabulary& vocabulary,
                           WordAlphabet alphabet)
    : rules_(std::move(rules)),
      alphabet_(alphabet),
      plain_(rules_.continuing_prefix.empty() && rules_.end_suffix.empty()) {
  direct_ids_.fill(kNone);
  const std::size_t direct = alphabet == WordAlphabet::kBytes ? 256 : 128;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const char character = static_cast<char>(byte);
    const auto id = vocabulary.find(
        alphabet == WordAlphabet::kBytes
            ? byte_to_character(static_cast<unsigned char>(byte))
            : std::string_view(&character, 1));
    if (byte < direct && id.has_value()) direct_ids_[byte] = *id;
  }
  if (rules_.byte_fallback) byte_tokens_.emplace(vocabulary);
  if (rules_.unknown_token.has_value()) {
    unknown_id_ = vocabulary.find(*rules_.unknown_token);
  }
}

/// The state of one word.
class StartSymbols::Filler {
 public:
  Filler(const StartSymbols& start, const Vocabulary& vocabulary,
         std::vector<Id>& symbols)
      : start_(start), vocabulary_(vocabulary), symbols_(symbols) {}

  void add_known(Id id) {
    flush_unknown();
    symbols_.push_back(id);
  }

  /// `text`: a character in the vocabulary's spelling.
  void add(std::string_view text) {
    const auto id = vocabulary_.find(text);
    if (id.has_value()) return add_known(*id);
    // A pending unknown token stays pending, so it comes behind these bytes:
    // the library does the same.
    if (start_.byte_tokens_.has_value() &&
        start_.byte_tokens_->append(text, symbols_)) {
      return;
    }
    if (!start_.rules_.unknown_token.has_value()) return;
    if (!start_.rules_.fuse_unknown) flush_unknown();
    pending_unknown_ = true;
  }

  etllm::Status finish() {
    flush_unknown();
    if (!lacks_unknown_) return {};
    return lacks_unknown_token(*start_.rules_.unknown_token);
  }

 private:
  void flush_unknown() {
    if (!pending_unknown_) return;
    pending_unknown_ = false;
    lacks_unknown_ = lacks_unknown_ || !start_.unknown_id_.has_value();
    symbols_.push_back(start_.unknown_id_.value_or(0));
  }

  const StartSymbols& start_;
  const Vocabulary& vocabulary_;
  std::vector<Id>& symbols_;
  bool pending_unknown_ = false;
  bool lacks_unknown_ = false;
};

etllm::Status StartSymbols::fill(const Vocabulary& vocabulary,
                                 std::string_view word,
                                 std::vector<Id>& symbols) const {
  symbols.clear();
  Filler filler(*this, vocabulary, symbols);
  std::string decorated;
  for (std::size_t at = 0; at < word.size();) {
    const auto byte = static_cast<unsigned char>(word[at]);
    const bool in_bytes = alphabet_ == WordAlphabet::kBytes;
    const std::size_t length = in_bytes ? 1 : utf8_length(word[at]);
    if (plain_ && direct_ids_[byte] != kNone) {
      filler.add_known(static_cast<Id>(direct_ids_[byte]));
      at += length;
      continue;
    }
    const std::string_view character =
        in_bytes ? byte_to_character(byte) : word.substr(at, length);
    const bool is_first = at == 0;
    at += length;
    if (plain_) {
      filler.add(character);
      continue;
    }
    decorated = is_first ? "" : rules_.continuing_prefix;
    decorated += character;
    if (at == word.size()) decorated += rules_.end_suffix;
    filler.add(decorated);
  }
  return filler.finish();
}

}  // namespace tokenizers::pipeline
