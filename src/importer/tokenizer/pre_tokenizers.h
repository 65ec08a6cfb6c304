#pragma once

// How byte-level tokenizers cut text into words before merging. A GGUF file
// only names the way ("tokenizer.ggml.pre"); here the names get their rules.

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "base/status.h"
#include "importer/gguf/gguf_file.h"

namespace etllm::importer {

/// The rules behind one name.
struct PreTokenizerRules {
  std::string_view name;
  /// Appends the steps that cut, in the form of tokenizer.json.
  void (*add_steps)(nlohmann::ordered_json& steps);
  /// Words that are in the vocabulary as a whole are not merged.
  bool ignore_merges = false;
  /// The tokenizer starts a sequence with BOS unless the file says otherwise.
  bool adds_bos = false;
  /// Text is brought to Unicode's composed form (NFC) first.
  bool composes = false;
};

/// The rules that the file asks for; kNotSupported for a name without rules.
Result<const PreTokenizerRules*> find_pre_tokenizer(const GgufFile& file);

/// Whether a sequence starts with BOS when the file does not say.
bool adds_bos_by_default(const GgufFile& file);

}  // namespace etllm::importer
