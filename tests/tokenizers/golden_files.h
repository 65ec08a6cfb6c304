#pragma once

// The goldens that tests/golden/make_tokenizer_goldens.py and
// make_tokenizer_format_goldens.py write.

#include <pytorch/tokenizers/pipeline_tokenizer.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tokenizers {

/// The bytes of a file in tests/golden/tokenizers; a failure of the test when
/// it cannot be read.
std::string read_golden(const std::string& name);

/// The texts of strings.bin.
std::vector<std::string> golden_strings();

/// SmolLM2's tokenizer.json, rebuilt from its merges.
std::string smollm2_json();

/// The files of tests/golden/tokenizer_formats, whose names tell the format.
inline constexpr const char* kFormatFiles[] = {"llama3.tiktoken",
                                               "own.tiktoken",
                                               "tekken.json",
                                               "sp_llama.model",
                                               "sp_bpe_nfkc.model",
                                               "sp_bpe_plain.model",
                                               "sp_unigram_nfkc.model",
                                               "sp_unigram_bytes.model",
                                               "sp_unigram_suffix.model",
                                               "llama2c.bin",
                                               "llama2c_executorch.bin"};

/// Where such a file is.
std::string format_path(const std::string& name);

/// A tokenizer for such a file, which is not loaded yet.
std::unique_ptr<PipelineTokenizer> tokenizer_for(const std::string& name);

/// The hashes of the goldens, in hexadecimal.
std::string hash_of_ids(const std::vector<uint64_t>& ids);
std::string hash_of_text(std::string_view text);

}  // namespace tokenizers
