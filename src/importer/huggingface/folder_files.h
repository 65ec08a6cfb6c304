#pragma once

// The small files of a model's folder.

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace etllm::importer {

/// "folder/name".
std::string file_in_folder(const std::string& folder, std::string_view name);

/// Whether there is something of that name in the folder.
bool folder_has(const std::string& folder, std::string_view name);

/// The whole text of a file; nothing when there is none of that name. Fails
/// with kInvalidData when it is larger than any real file of its kind, and as
/// `MappedFile::open` does.
Result<std::optional<std::string>> read_folder_text(const std::string& folder,
                                                    std::string_view name);

/// The same for a JSON object. Fails with kInvalidData when the text is no
/// object, or is nested too deeply.
Result<std::optional<nlohmann::json>> read_folder_json(
    const std::string& folder, std::string_view name);

}  // namespace etllm::importer
