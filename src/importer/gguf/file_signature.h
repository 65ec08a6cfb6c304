#pragma once

// Tells what kind of file somebody handed us in place of a GGUF file.

#include <cstddef>
#include <span>
#include <string>

namespace etllm::importer {

/// Whether the file starts with "GGUF".
bool has_gguf_magic(std::span<const std::byte> bytes);

/// A clause for a message: what the file looks like and what to do about it.
std::string describe_signature(std::span<const std::byte> bytes);

}  // namespace etllm::importer
