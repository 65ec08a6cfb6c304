#include "importer/tokenizer/vocabulary.h"

#include <algorithm>
#include <array>
#include <utility>

#include "importer/tokenizer/pre_tokenizers.h"

namespace etllm::importer {
namespace {

// Real pieces end at a few hundred bytes (runs of spaces).
constexpr std::size_t kMaxPieceBytes = 1'024;
constexpr std::size_t kMaxTokens = 4'194'304;

constexpr std::array<std::string_view, 12> kEndOfTurnPieces = {
    "</s>",       "<|endoftext|>", "<|im_end|>",
    "<|eot_id|>", "<|eom_id|>",    "<|end_of_text|>",
    "<|end|>",    "<end_of_turn>", "<|end_of_turn|>",
    "<|eos|>",    "<EOT>",         "<|return|>",
};

Result<std::vector<TokenType>> read_types(const GgufFile& file,
                                          std::size_t count) {
  constexpr std::string_view kKey = "tokenizer.ggml.token_type";
  if (!file.has(kKey)) {
    return std::vector<TokenType>(count, TokenType::kNormal);
  }
  const auto numbers = file.get<std::vector<std::int64_t>>(kKey);
  if (!numbers.ok()) return numbers.status();
  if (numbers->size() != count) {
    return damaged_vocabulary(
        file, "it has " + std::to_string(count) + " tokens and " +
                  std::to_string(numbers->size()) + " types");
  }
  std::vector<TokenType> types;
  types.reserve(count);
  for (const std::int64_t number : *numbers) {
    // Types without a meaning behave as normal ones.
    const bool is_known = number >= 1 && number <= 6;
    types.push_back(is_known ? static_cast<TokenType>(number)
                             : TokenType::kNormal);
  }
  return types;
}

/// The token a key names; nothing when the key is missing.
Result<std::optional<std::uint32_t>> read_token_id(const GgufFile& file,
                                                   const Vocabulary& vocabulary,
                                                   std::string_view name) {
  const std::string key = "tokenizer.ggml." + std::string(name);
  if (!file.has(key)) return std::optional<std::uint32_t>();
  const auto id = file.get<std::int64_t>(key);
  if (!id.ok()) return id.status();
  // -1 is a way to say "none".
  if (*id == -1 || *id == 0xffffffff) return std::optional<std::uint32_t>();
  if (*id < 0 || static_cast<std::uint64_t>(*id) >= vocabulary.size()) {
    return damaged_vocabulary(file, "metadata key " + in_quotes(key) +
                                        " names token " + std::to_string(*id) +
                                        " of " +
                                        std::to_string(vocabulary.size()));
  }
  return std::optional(static_cast<std::uint32_t>(*id));
}

void add_unique(std::vector<std::int64_t>& ids, std::int64_t id) {
  if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
}

Status read_end_tokens(const GgufFile& file, const Vocabulary& vocabulary,
                       SpecialTokens& out) {
  for (const std::string_view name :
       {"eos_token_id", "eot_token_id", "eom_token_id"}) {
    const auto id = read_token_id(file, vocabulary, name);
    if (!id.ok()) return id.status();
    if (*id) add_unique(out.eos, **id);
  }
  for (const std::string_view piece : kEndOfTurnPieces) {
    const auto found = vocabulary.ids.find(piece);
    if (found != vocabulary.ids.end() && found->second != out.bos &&
        vocabulary.types[found->second] == TokenType::kControl) {
      add_unique(out.eos, found->second);
    }
  }
  return {};
}

}  // namespace

std::span<const std::string_view> end_of_turn_pieces() {
  return kEndOfTurnPieces;
}

Status damaged_vocabulary(const GgufFile& file, const std::string& what) {
  return invalid_data("'" + file.path() + "': the vocabulary is damaged: " +
                      what + "; convert the model again");
}

Result<Vocabulary> read_vocabulary(const GgufFile& file) {
  auto pieces =
      file.get<std::vector<std::string_view>>("tokenizer.ggml.tokens");
  if (!pieces.ok()) return pieces.status();
  Vocabulary vocabulary;
  vocabulary.pieces = std::move(*pieces);
  if (vocabulary.size() == 0 || vocabulary.size() > kMaxTokens) {
    return damaged_vocabulary(
        file, "it has " + std::to_string(vocabulary.size()) + " tokens");
  }
  vocabulary.ids.reserve(vocabulary.size());
  for (std::uint32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string_view piece = vocabulary.pieces[id];
    if (piece.size() > kMaxPieceBytes) {
      return damaged_vocabulary(file, "token " + std::to_string(id) + " has " +
                                          std::to_string(piece.size()) +
                                          " bytes");
    }
    if (!vocabulary.ids.emplace(piece, id).second) {
      return damaged_vocabulary(file, "token " + std::to_string(id) + ", " +
                                          in_quotes(piece) + ", appears twice");
    }
  }
  auto types = read_types(file, vocabulary.size());
  if (!types.ok()) return types.status();
  vocabulary.types = std::move(*types);
  return vocabulary;
}

Result<SpecialTokens> read_special_tokens(const GgufFile& file,
                                          const Vocabulary& vocabulary) {
  SpecialTokens tokens;
  const auto bos = read_token_id(file, vocabulary, "bos_token_id");
  if (!bos.ok()) return bos.status();
  const auto unknown = read_token_id(file, vocabulary, "unknown_token_id");
  if (!unknown.ok()) return unknown.status();
  tokens.bos = *bos;
  tokens.unknown = *unknown;
  const auto adds_bos = file.get_or<bool>("tokenizer.ggml.add_bos_token",
                                          adds_bos_by_default(file));
  if (!adds_bos.ok()) return adds_bos.status();
  tokens.adds_bos = *adds_bos && tokens.bos.has_value();
  Status status = read_end_tokens(file, vocabulary, tokens);
  if (!status.ok()) return status;
  return tokens;
}

}  // namespace etllm::importer
