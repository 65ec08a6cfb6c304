#include "tokenizers/normalizers/sentence_piece.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tokenizers/models/bpe/word_cut.h"
#include "tokenizers/text/character_map.h"
#include "tokenizers/text/limits.h"
#include "tokenizers/text/utf8.h"
#include "tokenizers/token_trie.h"

namespace tokenizers::pipeline {
namespace {

struct Rules {
  bool add_dummy_prefix;
  bool removes_extra_spaces;
  bool escapes_spaces;
  bool space_as_suffix;
};

class SentencePieceNormalizer final : public Normalizer {
 public:
  SentencePieceNormalizer(const Rules& rules, std::optional<CharacterMap> map,
                          TokenTrie kept)
      : rules_(rules), map_(std::move(map)), kept_(std::move(kept)) {}

  etllm::Status normalize(std::string& text) const override {
    std::string_view rest = text;
    if (rules_.removes_extra_spaces) {
      while (!rest.empty()) {
        const Step step = next(rest);
        if (step.text != " ") break;
        rest.remove_prefix(step.consumed);
      }
    }
    std::string result;
    if (!rest.empty() && !rewrite(rest, grown_limit(text.size()), result)) {
      return grows_too_long();
    }
    text = std::move(result);
    return {};
  }

 private:
  /// What the beginning of a text becomes.
  struct Step {
    std::string_view text;
    std::size_t consumed;
  };

  /// `rest` is not empty. User-defined pieces stay as they are.
  Step next(std::string_view rest) const {
    std::size_t kept = 0;
    kept_.for_each_prefix(rest, [&kept](std::size_t size, Id) { kept = size; });
    if (kept != 0) return {rest.substr(0, kept), kept};
    if (map_.has_value()) {
      const auto longest = map_->find_longest(rest);
      if (longest.has_value()) return {longest->text, longest->length};
    }
    const std::size_t length = utf8_length(rest.front());
    return {rest.substr(0, length), length};
  }

  void append_space(std::string& result) const {
    result += rules_.escapes_spaces ? kSpaceMark : std::string_view(" ");
  }

  /// Appends what `rest`, not empty, becomes. False when that is too long.
  bool rewrite(std::string_view rest, std::size_t limit,
               std::string& result) const {
    if (rules_.add_dummy_prefix && !rules_.space_as_suffix) {
      append_space(result);
    }
    bool after_space = rules_.removes_extra_spaces;
    while (!rest.empty()) {
      Step step = next(rest);
      rest.remove_prefix(step.consumed);
      while (after_space && step.text.starts_with(' ')) {
        step.text.remove_prefix(1);
      }
      for (const char c : step.text) {
        if (c == ' ') {
          append_space(result);
        } else {
          result += c;
        }
      }
      if (!step.text.empty()) after_space = step.text.ends_with(' ');
      after_space = after_space && rules_.removes_extra_spaces;
      if (result.size() > limit) return false;
    }
    if (rules_.removes_extra_spaces) {
      const std::string_view space =
          rules_.escapes_spaces ? kSpaceMark : std::string_view(" ");
      while (result.ends_with(space))
        result.resize(result.size() - space.size());
    }
    if (rules_.add_dummy_prefix && rules_.space_as_suffix) append_space(result);
    return true;
  }

  Rules rules_;
  std::optional<CharacterMap> map_;
  TokenTrie kept_;
};

}  // namespace

etllm::Result<std::unique_ptr<Normalizer>> make_sentence_piece_normalizer(
    const SentencePieceModel& model) {
  std::optional<CharacterMap> map;
  if (!model.character_map.empty()) {
    auto parsed = CharacterMap::parse(model.character_map);
    if (!parsed.ok()) return parsed.status();
    map = *std::move(parsed);
  }
  TokenTrie kept;
  for (Id id = 0; id < model.pieces.size(); ++id) {
    const auto& piece = model.pieces[id];
    if (piece.type == SentencePieceModel::PieceType::kUserDefined) {
      kept.insert(piece.text, id);
    }
  }
  const Rules rules{model.add_dummy_prefix, model.remove_extra_whitespaces,
                    model.escape_whitespaces, model.space_as_suffix};
  return std::unique_ptr<Normalizer>(std::make_unique<SentencePieceNormalizer>(
      rules, std::move(map), std::move(kept)));
}

}  // namespace tokenizers::pipeline
