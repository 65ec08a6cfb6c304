#pragma once

// The goldens that tests/golden/make_tokenizer_goldens.py writes.

#include <cstdint>
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

/// The hashes of the goldens, in hexadecimal.
std::string hash_of_ids(const std::vector<uint64_t>& ids);
std::string hash_of_text(std::string_view text);

}  // namespace tokenizers
