#pragma once

#include <string>
#include <string_view>

namespace etllm::importer {

/// `text` in quotes for a message: unprintable bytes are escaped, and long
/// text is cut.
std::string in_quotes(std::string_view text);

}  // namespace etllm::importer
