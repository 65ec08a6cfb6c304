#include "importer/huggingface/weight_shards.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "importer/huggingface/folder_files.h"
#include "importer/source/in_quotes.h"

namespace etllm::importer {
namespace {

constexpr const char* kSingleFile = "model.safetensors";
constexpr const char* kIndexFile = "model.safetensors.index.json";
constexpr std::size_t kMaxShards = 4'096;

/// Names of tensors by shard.
using Shards = std::map<std::string, std::vector<std::string>>;

/// A file beside the index, and no way out of the folder.
bool is_plain_file_name(const std::string& name) {
  return name.ends_with(".safetensors") && name.size() < 256 &&
         name.find_first_of("/\\") == std::string::npos &&
         name.find('\0') == std::string::npos;
}

Result<Shards> read_index(const std::string& folder) {
  const auto index = read_folder_json(folder, kIndexFile);
  if (!index.ok()) return index.status();
  const std::string path = file_in_folder(folder, kIndexFile);
  const auto map = (*index)->find("weight_map");
  if (map == (*index)->end() || !map->is_object() || map->empty()) {
    return invalid_data("'" + path +
                        "' lists no tensors in a 'weight_map'; download it "
                        "again");
  }
  Shards shards;
  for (const auto& [tensor, shard] : map->items()) {
    const std::string name =
        shard.is_string() ? shard.get<std::string>() : std::string();
    if (!is_plain_file_name(name)) {
      return invalid_data("'" + path + "' puts tensor " + in_quotes(tensor) +
                          " into the file " + in_quotes(name) +
                          ", which is not the name of a safetensors file in "
                          "this folder; download the index again");
    }
    shards[name].push_back(tensor);
  }
  if (shards.size() > kMaxShards) {
    return invalid_data("'" + path + "' lists " +
                        std::to_string(shards.size()) +
                        " files, more than any model has; download it again");
  }
  return shards;
}

/// Opens a shard and checks that it has what the index says.
Result<SafetensorsFile> open_shard(const std::string& folder,
                                   const std::string& name,
                                   const std::vector<std::string>& tensors) {
  const std::string path = file_in_folder(folder, name);
  if (!folder_has(folder, name)) {
    return not_found("'" + path + "' is missing: '" + kIndexFile + "' lists " +
                     std::to_string(tensors.size()) +
                     " tensors in it; download the file");
  }
  auto file = SafetensorsFile::open(path);
  if (!file.ok()) return file.status();
  for (const std::string& tensor : tensors) {
    if (file->find_tensor(tensor) != nullptr) continue;
    return not_found("'" + path + "' has no tensor " + in_quotes(tensor) +
                     ", which '" + kIndexFile +
                     "' lists in it; download both files again");
  }
  return file;
}

/// Two files with the same tensor would make the model ambiguous.
Status check_no_tensor_twice(const std::vector<SafetensorsFile>& files) {
  std::unordered_map<std::string_view, const SafetensorsFile*> owners;
  for (const SafetensorsFile& file : files) {
    for (const SafetensorsTensor& tensor : file.tensors()) {
      const auto [owner, is_new] = owners.emplace(tensor.name, &file);
      if (is_new) continue;
      return invalid_data("tensor " + in_quotes(tensor.name) + " is in '" +
                          owner->second->path() + "' and in '" + file.path() +
                          "'; download the model again");
    }
  }
  return {};
}

Result<std::vector<SafetensorsFile>> open_sharded(const std::string& folder) {
  const auto shards = read_index(folder);
  if (!shards.ok()) return shards.status();
  std::vector<SafetensorsFile> files;
  for (const auto& [name, tensors] : *shards) {
    auto file = open_shard(folder, name, tensors);
    if (!file.ok()) return file.status();
    files.push_back(std::move(*file));
  }
  Status status = check_no_tensor_twice(files);
  if (!status.ok()) return status;
  return files;
}

/// Names of the files of the folder that end with `suffix`, sorted.
std::vector<std::string> files_ending_with(const std::string& folder,
                                           std::string_view suffix) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder, ignored)) {
    std::string name = entry.path().filename().string();
    if (name.ends_with(suffix)) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Status no_weights(const std::string& folder) {
  if (!files_ending_with(folder, ".bin").empty() ||
      !files_ending_with(folder, ".pth").empty()) {
    return not_supported(
        "'" + folder +
        "' has its weights in PyTorch's own files, which can run code; "
        "download the safetensors files of the model, or save it once with "
        "transformers (save_pretrained)");
  }
  return not_found("'" + folder + "' has no '" + kSingleFile + "' and no '" +
                   kIndexFile + "'; download the weights of the model");
}

}  // namespace

Result<std::vector<SafetensorsFile>> open_weight_shards(
    const std::string& folder) {
  std::string single = kSingleFile;
  if (!folder_has(folder, single)) {
    if (folder_has(folder, kIndexFile)) return open_sharded(folder);
    const auto names = files_ending_with(folder, ".safetensors");
    if (names.size() > 1) {
      return not_found("'" + folder + "' has " + std::to_string(names.size()) +
                       " safetensors files, but no '" + kIndexFile +
                       "' that says which belong together; download it");
    }
    if (names.empty()) return no_weights(folder);
    single = names[0];
  }
  auto file = SafetensorsFile::open(file_in_folder(folder, single));
  if (!file.ok()) return file.status();
  std::vector<SafetensorsFile> files;
  files.push_back(std::move(*file));
  return files;
}

}  // namespace etllm::importer
