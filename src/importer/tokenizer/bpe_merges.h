#pragma once

// The merges of a BPE vocabulary, best first: as a GGUF file lists them, or
// derived from the scores of a SentencePiece vocabulary.

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "importer/gguf/gguf_file.h"
#include "importer/tokenizer/vocabulary.h"

namespace etllm::importer {

using Merge = std::pair<std::string_view, std::string_view>;

/// "tokenizer.ggml.merges"; kInvalidData when a merge is malformed or names a
/// piece outside the vocabulary.
Result<std::vector<Merge>> read_merges(const GgufFile& file,
                                       const Vocabulary& vocabulary);

/// Every pair of pieces whose concatenation is a normal piece, ordered by the
/// score of that piece ("tokenizer.ggml.scores").
Result<std::vector<Merge>> derive_merges(const GgufFile& file,
                                         const Vocabulary& vocabulary);

}  // namespace etllm::importer
