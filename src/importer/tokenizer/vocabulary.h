#pragma once

// The vocabulary of a GGUF file, checked, and the tokens with a meaning of
// their own.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "importer/gguf/gguf_file.h"

namespace etllm::importer {

/// What a token is, with the numbers of the file.
enum class TokenType : std::uint8_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,      ///< Marks structure; never comes from plain text.
  kUserDefined = 4,  ///< Matched in the text before anything else.
  kUnused = 5,
  kByte = 6,  ///< "<0x41>": stands for one byte.
};

/// Borrows its texts from the GgufFile.
struct Vocabulary {
  std::vector<std::string_view> pieces;
  std::vector<TokenType> types;
  std::unordered_map<std::string_view, std::uint32_t> ids;

  std::size_t size() const { return pieces.size(); }
};

/// kInvalidData with a sentence about the file; `what` is a clause.
Status damaged_vocabulary(const GgufFile& file, const std::string& what);

/// Reads "tokenizer.ggml.tokens" and "token_type". Fails with kNotFound or
/// kInvalidData (a token twice, texts that are too long, lengths that differ).
Result<Vocabulary> read_vocabulary(const GgufFile& file);

/// How well-known families of models spell the end of a turn. They count only
/// where they are control tokens.
std::span<const std::string_view> end_of_turn_pieces();

/// Tokens that begin and end sequences.
struct SpecialTokens {
  std::optional<std::uint32_t> bos;
  std::optional<std::uint32_t> unknown;
  /// Every token that ends a turn, the metadata's own choice first.
  std::vector<std::int64_t> eos;
  /// Whether a sequence starts with `bos`.
  bool adds_bos = false;
};

/// Fails with kInvalidData when an id lies outside the vocabulary.
Result<SpecialTokens> read_special_tokens(const GgufFile& file,
                                          const Vocabulary& vocabulary);

}  // namespace etllm::importer
