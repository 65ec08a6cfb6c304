#pragma once

// Reads a `tokenizer.json`: the large tables go straight into their final
// form, the rest becomes an ordinary JSON value.

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "tokenizers/vocabulary.h"

namespace tokenizers::pipeline {

using Json = nlohmann::json;

/// Two pieces that become one, in the order of the file.
struct MergeText {
  std::string_view left;
  std::string_view right;  ///< Stands behind `left` in memory.

  std::string_view joined() const {
    return {left.data(), left.size() + right.size()};
  }
};

/// The list of merges, as views into one text.
class MergeList {
 public:
  /// Makes room for `count` merges.
  void reserve(std::size_t count) { lengths_.reserve(count); }
  void append(std::string_view left, std::string_view right);
  std::size_t size() const { return lengths_.size(); }
  /// Calls `use(MergeText)` for each merge, in order.
  template <typename Use>
  void for_each(Use use) const {
    std::string_view rest = text_;
    for (const Lengths& lengths : lengths_) {
      use(MergeText{rest.substr(0, lengths.left),
                    rest.substr(lengths.left, lengths.right)});
      rest.remove_prefix(std::size_t{lengths.left} + lengths.right);
    }
  }

 private:
  struct Lengths {
    std::uint32_t left;
    std::uint32_t right;
  };
  std::string text_;
  std::vector<Lengths> lengths_;
};

/// A parsed file.
struct TokenizerJson {
  Json root;              ///< Everything but the three tables below.
  Vocabulary vocabulary;  ///< `model.vocab`, indexed.
  bool has_vocabulary = false;
  MergeList merges;  ///< `model.merges`.
  std::vector<double>
      scores;  ///< By id; when `model.vocab` is a list of pairs.
};

/// Fails with a sentence without the file's name: what is wrong and where.
etllm::Result<TokenizerJson> parse_tokenizer_json(std::string_view text);

}  // namespace tokenizers::pipeline
