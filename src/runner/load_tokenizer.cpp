#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/runtime/platform/log.h>
#include <pytorch/tokenizers/hf_tokenizer.h>

#include <filesystem>
#include <string_view>

#include "base/mapped_file.h"
#include "engine/model_assets.h"

namespace executorch::extension::llm {

using ::tokenizers::HFTokenizer;
using ::tokenizers::Tokenizer;

namespace {

using TokenizerResult = ::etllm::Result<std::unique_ptr<Tokenizer>>;

// Programs have their identifier behind the offset of their root.
constexpr std::size_t kProgramIdentifierOffset = 4;
constexpr std::string_view kProgramIdentifier = "ET";

bool is_program(std::string_view content) {
  return content.substr(0, 8)
      .substr(std::min<std::size_t>(content.size(), kProgramIdentifierOffset))
      .starts_with(kProgramIdentifier);
}

TokenizerResult load_from_program(const std::string& path) {
  auto assets = ::etllm::engine::read_model_assets(path);
  if (!assets.ok()) return assets.status();
  if (!assets->tokenizer_json) {
    return ::etllm::not_found(
        "'" + path +
        "' holds no tokenizer; give the tokenizer.json that belongs to it");
  }
  auto tokenizer = std::make_unique<HFTokenizer>();
  const auto error = tokenizer->load_from_memory(*assets->tokenizer_json, path);
  if (error != ::tokenizers::Error::Ok) {
    return ::etllm::invalid_data(tokenizer->failure());
  }
  return std::unique_ptr<Tokenizer>(std::move(tokenizer));
}

TokenizerResult load_json(const std::string& path) {
  auto tokenizer = std::make_unique<HFTokenizer>();
  if (tokenizer->load(path) != ::tokenizers::Error::Ok) {
    return ::etllm::invalid_data(tokenizer->failure());
  }
  return std::unique_ptr<Tokenizer>(std::move(tokenizer));
}

/// The content of the file decides.
TokenizerResult load_by_content(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return load_json(path);
  const auto file = ::etllm::MappedFile::open(path);
  if (!file.ok()) return file.status();
  const std::string_view content(
      reinterpret_cast<const char*>(file->bytes().data()),
      file->bytes().size());
  return is_program(content) ? load_from_program(path) : load_json(path);
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer(
    const std::string& tokenizer_path,
    std::unique_ptr<std::vector<std::string>> /*special_tokens*/,
    std::optional<std::string> /*pattern*/, size_t /*bos_token_index*/,
    size_t /*eos_token_index*/, std::string* error_message) {
  TokenizerResult tokenizer = load_by_content(tokenizer_path);
  if (tokenizer.ok()) return std::move(*tokenizer);
  ET_LOG(Error, "%s", tokenizer.status().message().c_str());
  if (error_message != nullptr) *error_message = tokenizer.status().message();
  return nullptr;
}

}  // namespace executorch::extension::llm
