#pragma once

// Where the text that a command works on comes from.

#include <string>

#include "base/status.h"

namespace etllm::cli {

/// `text`, or all of stdin when it is empty and stdin is not a terminal.
Result<std::string> text_or_stdin(const std::string& text);

/// The bytes of a file; for prompts, so of at most 64 MiB.
Result<std::string> read_text_file(const std::string& path);

}  // namespace etllm::cli
