#pragma once

// The tokenizer of GPT-2 and its relatives, where a folder has it in the old
// form: a vocabulary and a list of merges.

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace etllm::importer {

/// The texts of the files, and tokens by name.
struct Gpt2Tokenizer {
  std::string_view vocabulary;    ///< vocab.json
  std::string_view merges;        ///< merges.txt
  std::string_view added_tokens;  ///< added_tokens.json; may be empty.
  /// Found in a text as a whole and left out of answers. Those that are empty
  /// or not in the vocabulary are passed over.
  std::vector<std::string> special;
};

/// A tokenizer.json for it: byte-level BPE with GPT-2's way to cut words.
/// Fails with kInvalidData and a clause: "vocab.json is no table of tokens".
Result<std::string> tokenizer_json_from_gpt2(const Gpt2Tokenizer& files);

}  // namespace etllm::importer
