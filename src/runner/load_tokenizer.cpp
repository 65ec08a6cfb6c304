#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/runtime/platform/log.h>
#include <pytorch/tokenizers/hf_tokenizer.h>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/mapped_file.h"
#include "engine/model_assets.h"

namespace executorch::extension::llm {

using ::tokenizers::HFTokenizer;
using ::tokenizers::Tokenizer;

namespace {

using TokenizerResult = ::etllm::Result<std::unique_ptr<Tokenizer>>;

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

/// A format that a tokenizer may be in.
struct Format {
  std::string_view name;
  /// Why the content is not in this format; empty when it is.
  std::string_view (*why_not)(std::string_view content);
  TokenizerResult (*load)(const std::string& path);
};

std::string_view why_not_program(std::string_view content) {
  // Programs have their identifier behind the offset of their root.
  constexpr std::size_t kIdentifierOffset = 4;
  const bool is_program = content.size() > kIdentifierOffset &&
                          content.substr(kIdentifierOffset).starts_with("ET");
  return is_program ? "" : "there is no program identifier at its byte 4";
}

std::string_view why_not_json(std::string_view content) {
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  const std::size_t start = content.find_first_not_of(" \t\r\n");
  const bool is_object =
      start != std::string_view::npos && content[start] == '{';
  return is_object ? "" : "it does not begin with '{'";
}

// Asked in this order: the surest signs come first.
constexpr std::array kFormats = {
    Format{"a .pte with a tokenizer inside", &why_not_program,
           &load_from_program},
    Format{"a Hugging Face tokenizer.json", &why_not_json, &load_json},
};

/// The content of the file decides, not its name.
TokenizerResult load_by_content(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return load_json(path);
  const auto file = ::etllm::MappedFile::open(path);
  if (!file.ok()) return file.status();
  const std::string_view content(
      reinterpret_cast<const char*>(file->bytes().data()),
      file->bytes().size());
  std::string reasons;
  for (const Format& format : kFormats) {
    const std::string_view reason = format.why_not(content);
    if (reason.empty()) return format.load(path);
    reasons.append("; it is not ").append(format.name);
    reasons.append(", because ").append(reason);
  }
  return ::etllm::invalid_data("'" + path + "' is no tokenizer" +
                               (content.empty() ? ": it is empty" : reasons));
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
