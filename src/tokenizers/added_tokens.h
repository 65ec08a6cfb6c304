#pragma once

// Tokens that are found in the text as a whole, outside of the model: those
// that a chat template writes, and others that were added after training.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "tokenizers/formats/tokenizer_json.h"
#include "tokenizers/token_trie.h"
#include "tokenizers/vocabulary.h"

namespace tokenizers::pipeline {

struct AddedToken {
  std::string content;
  bool single_word = false;  ///< Not as a part of a word.
  bool lstrip = false;       ///< Takes the white space in front of it.
  bool rstrip = false;       ///< Takes the white space behind it.
  bool normalized = true;    ///< Looked for in the normalized text.
  bool special = false;      ///< Left out by `decode` on request.
};

/// A part of a text: an added token, or what is between them.
struct TextPart {
  std::string_view text;
  std::optional<Id> token;
};

/// Immutable after `add`; may be used from several threads.
class AddedTokens {
 public:
  /// How a text is normalized; what cannot be normalized stays as it is.
  using Normalize = std::function<std::string(const std::string&)>;

  /// Reads the field `added_tokens`. A token that the model has keeps its id
  /// there; another one gets the next free id, as in the library, whatever id
  /// the file says.
  static etllm::Result<AddedTokens> from_json(const Json& json,
                                              const Vocabulary& vocabulary,
                                              const Normalize& normalize);

  /// Where a token with a given id is looked for.
  enum class Search {
    kInText,            ///< Before the normalizer.
    kInNormalizedText,  ///< Behind it.
    kNowhere,           ///< It is only known to be special.
  };
  struct Entry {
    std::string content;
    Id id;
    Search search;
    bool special;
  };

  /// Of entries with the same text or id, the first counts.
  static AddedTokens from_entries(const std::vector<Entry>& entries);

  /// Which of the two kinds of added tokens to look for.
  enum class Stage { kBeforeNormalizer, kAfterNormalizer };

  /// Cuts `text`, which is not empty.
  std::vector<TextPart> split(std::string_view text, Stage stage) const;

  const AddedToken* find(Id id) const;
  std::optional<Id> find(const std::string& content) const;
  bool is_special(Id id) const;

  /// The number of tokens that are not in `vocabulary`.
  std::size_t count_new(const Vocabulary& vocabulary) const;

 private:
  void add(const AddedToken& token, const Vocabulary& vocabulary);
  void build_tries(const Normalize& normalize);

  std::unordered_map<std::string, Id> ids_;
  std::unordered_map<Id, AddedToken> tokens_;
  std::vector<Id> order_;
  std::optional<Id> largest_id_;
  TokenTrie before_;
  TokenTrie after_;
};

}  // namespace tokenizers::pipeline
