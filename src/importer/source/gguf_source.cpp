#include "importer/source/gguf_source.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "importer/tokenizer/tokenizer_json.h"
#include "importer/tokenizer/vocabulary.h"

namespace etllm::importer {
namespace {

template <typename T>
Json decoded(const GgufValue& value) {
  const std::optional<T> result = decode_gguf_value<T>(value);
  return result ? Json(*result) : Json();
}

Json decoded_array(const GgufValue& value) {
  switch (value.element_type) {
    case GgufType::kFloat32:
    case GgufType::kFloat64:
      return decoded<std::vector<double>>(value);
    case GgufType::kString:
      return decoded<std::vector<std::string_view>>(value);
    case GgufType::kBool: {
      Json truths = Json::array();
      for (const std::byte b : value.payload)
        truths.push_back(b != std::byte{});
      return truths;
    }
    default:
      return decoded<std::vector<std::int64_t>>(value);
  }
}

/// null for what cannot be decoded, such as arrays of arrays.
Json to_json(const GgufValue& value) {
  switch (value.type) {
    case GgufType::kFloat32:
    case GgufType::kFloat64:
      return decoded<double>(value);
    case GgufType::kBool:
      return decoded<bool>(value);
    case GgufType::kString:
      return decoded<std::string_view>(value);
    case GgufType::kArray:
      return decoded_array(value);
    case GgufType::kUint64:
      return decoded<std::uint64_t>(value);
    default:
      return decoded<std::int64_t>(value);
  }
}

Json read_config(const GgufFile& file) {
  Json config = Json::object();
  for (const auto& [key, value] : file.values()) {
    // The vocabulary: read_texts reads it where it lies.
    const bool is_token_list =
        value.type == GgufType::kArray && key.starts_with("tokenizer.");
    if (!is_token_list) config[std::string(key)] = to_json(value);
  }
  return config;
}

}  // namespace

Result<std::unique_ptr<ModelSource>> GgufSource::open(const std::string& path) {
  Result<GgufFile> file = GgufFile::open(path);
  if (!file.ok()) return file.status();
  return std::unique_ptr<ModelSource>(
      std::make_unique<GgufSource>(std::move(*file)));
}

GgufSource::GgufSource(GgufFile file)
    : file_(std::move(file)), config_(read_config(file_)) {
  tensors_.reserve(file_.tensors().size());
  for (const GgufTensor& tensor : file_.tensors()) {
    std::vector<std::uint64_t> shape;
    for (std::uint32_t i = tensor.dim_count; i > 0; --i) {
      shape.push_back(tensor.dims[i - 1]);
    }
    tensors_.push_back({tensor.name, tensor.type, std::move(shape), tensor.data,
                        &file_.file()});
  }
}

std::string GgufSource::name() const {
  const auto name = file_.get_or<std::string_view>("general.name", "");
  return name.ok() ? std::string(*name) : std::string();
}

const SourceTensor* GgufSource::find_tensor(std::string_view name) const {
  const GgufTensor* found = file_.find_tensor(name);
  if (found == nullptr) return nullptr;
  return &tensors_[static_cast<std::size_t>(found - file_.tensors().data())];
}

Result<ModelTexts> GgufSource::read_texts() const {
  const auto vocabulary = read_vocabulary(file_);
  if (!vocabulary.ok()) return vocabulary.status();
  const auto special = read_special_tokens(file_, *vocabulary);
  if (!special.ok()) return special.status();
  auto tokenizer = tokenizer_json_from_gguf(file_);
  if (!tokenizer.ok()) return tokenizer.status();
  const auto chat_template =
      file_.get_or<std::string_view>("tokenizer.chat_template", "");
  if (!chat_template.ok()) return chat_template.status();
  ModelTexts texts;
  texts.tokenizer_files.emplace_back("tokenizer.json", std::move(*tokenizer));
  texts.token_count = vocabulary->size();
  texts.chat_template = *chat_template;
  texts.bos = special->bos;
  texts.eos = special->eos;
  return texts;
}

}  // namespace etllm::importer
