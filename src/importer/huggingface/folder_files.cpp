#include "importer/huggingface/folder_files.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/mapped_file.h"
#include "tokenizers/formats/json_object.h"

namespace etllm::importer {
namespace {

// Tokenizers of large vocabularies have some 30 MB, indices of many shards some
// 10 MB.
constexpr std::size_t kMaxTextBytes = std::size_t{256} << 20;

Status damaged(const std::string& path, const std::string& what) {
  return invalid_data("'" + path + "' " + what + "; download it again");
}

}  // namespace

std::string file_in_folder(const std::string& folder, std::string_view name) {
  return (std::filesystem::path(folder) / name).string();
}

bool folder_has(const std::string& folder, std::string_view name) {
  std::error_code ignored;
  return std::filesystem::exists(file_in_folder(folder, name), ignored);
}

Result<std::optional<std::string>> read_folder_text(const std::string& folder,
                                                    std::string_view name) {
  if (!folder_has(folder, name)) return std::optional<std::string>();
  const std::string path = file_in_folder(folder, name);
  const auto file = MappedFile::open(path);
  if (!file.ok()) return file.status();
  if (file->bytes().size() > kMaxTextBytes) {
    return damaged(path, "is larger than any such file");
  }
  std::string text(reinterpret_cast<const char*>(file->bytes().data()),
                   file->bytes().size());
  if (text.starts_with("version https://git-lfs")) {
    return invalid_data("'" + path +
                        "' is a Git LFS pointer and not the file; fetch it "
                        "with git lfs pull");
  }
  return std::optional(std::move(text));
}

Result<std::optional<nlohmann::json>> read_folder_json(
    const std::string& folder, std::string_view name) {
  const auto text = read_folder_text(folder, name);
  if (!text.ok()) return text.status();
  if (!*text) return std::optional<nlohmann::json>();
  auto json = tokenizers::pipeline::parse_json_object(**text);
  if (!json.ok()) {
    return damaged(file_in_folder(folder, name), json.status().message());
  }
  return std::optional(std::move(*json));
}

}  // namespace etllm::importer
