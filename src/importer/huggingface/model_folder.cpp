#include "importer/huggingface/model_folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "importer/huggingface/folder_files.h"
#include "importer/huggingface/folder_texts.h"
#include "importer/huggingface/weight_scales.h"
#include "importer/huggingface/weight_shards.h"

namespace etllm::importer {
namespace {

constexpr const char* kConfigFile = "config.json";

/// For sentences where a GGUF file has the type too; its other numbers have no
/// meaning, and are refused where such a tensor is used.
GgmlType element_type(const SafetensorsTensor& tensor) {
  switch (tensor.type) {
    case SafetensorsType::kF32:
      return GgmlType::kF32;
    case SafetensorsType::kF16:
      return GgmlType::kF16;
    case SafetensorsType::kBF16:
      return GgmlType::kBF16;
    case SafetensorsType::kF8E4M3:
      return GgmlType::kF8E4M3;
    case SafetensorsType::kF8E5M2:
      return GgmlType::kF8E5M2;
    case SafetensorsType::kOther:
      break;
  }
  constexpr std::pair<std::string_view, std::uint32_t> kShared[] = {
      {"I8", 24}, {"I16", 25}, {"I32", 26}, {"I64", 27}, {"F64", 28}};
  for (const auto& [name, number] : kShared) {
    if (tensor.type_name == name) return static_cast<GgmlType>(number);
  }
  return static_cast<GgmlType>(~0U);
}

}  // namespace

std::string folder_of_model(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return path;
  const std::string name = fs::path(path).filename().string();
  if (name != kConfigFile && !name.ends_with(".safetensors") &&
      !name.ends_with(".safetensors.index.json")) {
    return {};
  }
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

Result<std::unique_ptr<ModelSource>> ModelFolder::open(
    const std::string& folder) {
  auto config = read_folder_json(folder, kConfigFile);
  if (!config.ok()) return config.status();
  if (!*config) {
    return not_found("'" + folder +
                     "' has no config.json; give the folder of a model as "
                     "Hugging Face's hub has it, or a GGUF file");
  }
  Json ordered(**config);
  Status status =
      check_quantization(ordered, file_in_folder(folder, kConfigFile));
  if (!status.ok()) return status;
  auto files = open_weight_shards(folder);
  if (!files.ok()) return files.status();
  auto model = std::make_unique<ModelFolder>(folder, std::move(ordered),
                                             std::move(*files));
  status = model->take_scales();
  if (!status.ok()) return status;
  return std::unique_ptr<ModelSource>(std::move(model));
}

ModelFolder::ModelFolder(std::string folder, Json config,
                         std::vector<SafetensorsFile> files)
    : folder_(std::move(folder)),
      config_path_(file_in_folder(folder_, kConfigFile)),
      config_(std::move(config)),
      text_part_(find_text_part(config_)),
      files_(std::move(files)) {
  for (const SafetensorsFile& file : files_) {
    for (const SafetensorsTensor& tensor : file.tensors()) {
      // Nobody can use what has no values.
      if (tensor.data.empty()) continue;
      tensors_.push_back({tensor.name, element_type(tensor), tensor.shape,
                          tensor.data, &file.file()});
    }
  }
}

Status ModelFolder::take_scales() {
  auto scales = take_weight_scales(config_, tensors_);
  if (!scales.ok()) return scales.status();
  scales_ = std::move(*scales);
  if (text_part_.is_inside) {
    std::erase_if(tensors_, [](const SourceTensor& tensor) {
      return is_outside_text_part(tensor.name);
    });
  }
  index_.reserve(tensors_.size());
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    index_.emplace(text_part_.is_inside ? name_in_text_part(tensors_[i].name)
                                        : std::string(tensors_[i].name),
                   i);
  }
  return {};
}

std::string ModelFolder::format_text() const {
  const std::string count = std::to_string(files_.size());
  return files_.size() == 1 ? "safetensors" : "safetensors x " + count;
}

std::string ModelFolder::name() const {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::path path = fs::canonical(folder_, ignored);
  // The hub's cache: models--<owner>--<name>/snapshots/<revision>.
  const std::string owner =
      path.parent_path().parent_path().filename().string();
  const std::size_t mark = owner.rfind("--");
  if (path.parent_path().filename() == "snapshots" &&
      owner.starts_with("models--") && mark != std::string::npos) {
    return owner.substr(mark + 2);
  }
  return path.filename().string();
}

std::uint64_t ModelFolder::size_bytes() const {
  std::uint64_t bytes = 0;
  for (const SafetensorsFile& file : files_) {
    bytes += file.file().bytes().size();
  }
  return bytes;
}

const SourceTensor* ModelFolder::find_tensor(std::string_view name) const {
  const auto found = index_.find(std::string(name));
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

Result<ModelTexts> ModelFolder::read_texts() const {
  return read_folder_texts(folder_, config_);
}

}  // namespace etllm::importer
