#pragma once

// Writes the tokenizer of a GGUF file as a Hugging Face tokenizer.json.

#include <string>

#include "base/status.h"
#include "importer/gguf/gguf_file.h"

namespace etllm::importer {

/// Converts byte-level BPE ("gpt2") and SentencePiece BPE ("llama")
/// vocabularies. Fails with kNotSupported for other kinds, and with kNotFound
/// or kInvalidData when the vocabulary contradicts itself.
Result<std::string> tokenizer_json_from_gguf(const GgufFile& file);

}  // namespace etllm::importer
