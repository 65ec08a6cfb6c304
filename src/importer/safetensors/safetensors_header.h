#pragma once

// The JSON header of a safetensors file.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace etllm::importer {

/// What the header says about one tensor; nothing is checked against the file.
struct SafetensorsEntry {
  std::string name;
  std::string type_name;
  std::vector<std::uint64_t> shape;
  /// First byte and the one behind the last, from the end of the header.
  std::array<std::uint64_t, 2> offsets{};
};

/// The entries in the order of the text. Fails with kInvalidData and a clause
/// ("it is not valid JSON at byte 7") for a text that is no such header, or
/// that has a name or a field twice.
Result<std::vector<SafetensorsEntry>> parse_safetensors_header(
    std::string_view text);

}  // namespace etllm::importer
