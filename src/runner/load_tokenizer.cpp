#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/runtime/platform/log.h>
#include <pytorch/tokenizers/hf_tokenizer.h>
#include <pytorch/tokenizers/llama2c_tokenizer.h>
#include <pytorch/tokenizers/sentencepiece.h>
#include <pytorch/tokenizers/tekken.h>
#include <pytorch/tokenizers/tiktoken.h>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/mapped_file.h"
#include "engine/model_assets.h"
#include "tokenizers/formats/llama2c.h"
#include "tokenizers/formats/sentencepiece.h"
#include "tokenizers/formats/tekken.h"
#include "tokenizers/formats/tiktoken.h"
#include "tokenizers/open_tokenizer.h"

namespace executorch::extension::llm {

using ::tokenizers::HFTokenizer;
using ::tokenizers::Tiktoken;
using ::tokenizers::Tokenizer;
namespace formats = ::tokenizers::pipeline;

namespace {

using TokenizerResult = ::etllm::Result<std::unique_ptr<Tokenizer>>;

/// What a TikToken file does not say.
struct TiktokenOptions {
  std::unique_ptr<std::vector<std::string>> special_tokens;
  std::string pattern;
  size_t bos_index;
  size_t eos_index;
};

TokenizerResult load_from_program(const std::string& path,
                                  TiktokenOptions& /*options*/) {
  auto assets = ::etllm::engine::read_model_assets(path);
  if (!assets.ok()) return assets.status();
  if (!assets->tokenizer) {
    return ::etllm::not_found(
        "'" + path +
        "' holds no tokenizer; give the tokenizer.json that belongs to it");
  }
  auto tokenizer = ::tokenizers::open_tokenizer(
      *assets->tokenizer, path, assets->tokenizer_config.value_or(""));
  if (!tokenizer.ok()) return tokenizer.status();
  return std::unique_ptr<Tokenizer>(std::move(*tokenizer));
}

TokenizerResult loaded(std::unique_ptr<Tokenizer> tokenizer,
                       const std::string& path) {
  if (tokenizer->load(path) == ::tokenizers::Error::Ok) return tokenizer;
  return ::etllm::invalid_data(tokenizer->failure());
}

template <typename Format>
TokenizerResult load_as(const std::string& path, TiktokenOptions& /*options*/) {
  return loaded(std::make_unique<Format>(), path);
}

TokenizerResult load_tiktoken(const std::string& path,
                              TiktokenOptions& options) {
  const bool is_llama3 = options.special_tokens == nullptr;
  return loaded(
      std::make_unique<Tiktoken>(
          options.pattern, std::move(options.special_tokens),
          is_llama3 ? ::tokenizers::kBOSTokenIndex : options.bos_index,
          is_llama3 ? ::tokenizers::kEOSTokenIndex : options.eos_index),
      path);
}

/// A format that a tokenizer may be in.
struct Format {
  std::string_view name;
  /// Why the content is not in this format; empty when it is.
  std::string_view (*why_not)(std::string_view content);
  TokenizerResult (*load)(const std::string& path, TiktokenOptions& options);
};

std::string_view why_not_program(std::string_view content) {
  // Programs have their identifier behind the offset of their root.
  constexpr std::size_t kIdentifierOffset = 4;
  const bool is_program = content.size() > kIdentifierOffset &&
                          content.substr(kIdentifierOffset).starts_with("ET");
  return is_program ? "" : "there is no program identifier at its byte 4";
}

std::string_view why_not_tekken(std::string_view content) {
  const std::string_view reason = ::tokenizers::why_not_json_object(content);
  return reason.empty() ? formats::why_not_tekken(content) : reason;
}

// Asked in this order: the surest signs come first.
constexpr std::array kFormats = {
    Format{"a .pte with a tokenizer inside", &why_not_program,
           &load_from_program},
    Format{"a tekken.json", &why_not_tekken, &load_as<::tokenizers::Tekken>},
    Format{"a Hugging Face tokenizer.json", &::tokenizers::why_not_json_object,
           &load_as<HFTokenizer>},
    Format{"a TikToken file", &formats::why_not_tiktoken, &load_tiktoken},
    Format{"a SentencePiece model", &formats::why_not_sentencepiece,
           &load_as<::tokenizers::SPTokenizer>},
    Format{"llama2.c's tokenizer", &formats::why_not_llama2c,
           &load_as<::tokenizers::Llama2cTokenizer>},
};

/// The file of a folder that holds the tokenizer; the first of the usual names.
std::string file_of(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return path;
  const std::filesystem::path folder(path);
  for (const char* name :
       {"tokenizer.json", "tekken.json", "tokenizer.model", "tokenizer.bin"}) {
    if (std::filesystem::exists(folder / name, error)) return folder / name;
  }
  return folder / "tokenizer.json";
}

/// The content of the file decides, not its name.
TokenizerResult load_by_content(const std::string& path,
                                TiktokenOptions& options) {
  const auto file = ::etllm::MappedFile::open(path);
  if (!file.ok()) return file.status();
  const std::string_view content(
      reinterpret_cast<const char*>(file->bytes().data()),
      file->bytes().size());
  std::string reasons;
  for (const Format& format : kFormats) {
    const std::string_view reason = format.why_not(content);
    if (reason.empty()) return format.load(path, options);
    reasons.append("; it is not ").append(format.name);
    reasons.append(", because ").append(reason);
  }
  return ::etllm::invalid_data("'" + path + "' is no tokenizer" +
                               (content.empty() ? ": it is empty" : reasons));
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer(
    const std::string& tokenizer_path,
    std::unique_ptr<std::vector<std::string>> special_tokens,
    std::optional<std::string> pattern, size_t bos_token_index,
    size_t eos_token_index, std::string* error_message) {
  TiktokenOptions options{std::move(special_tokens),
                          std::move(pattern).value_or(""), bos_token_index,
                          eos_token_index};
  TokenizerResult tokenizer = load_by_content(file_of(tokenizer_path), options);
  if (tokenizer.ok()) return std::move(*tokenizer);
  ET_LOG(Error, "%s", tokenizer.status().message().c_str());
  if (error_message != nullptr) *error_message = tokenizer.status().message();
  return nullptr;
}

}  // namespace executorch::extension::llm
