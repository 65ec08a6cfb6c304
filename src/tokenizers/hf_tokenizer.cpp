#include <pytorch/tokenizers/hf_tokenizer.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "base/mapped_file.h"
#include "base/status.h"
#include "tokenizers/formats/tokenizer_config.h"
#include "tokenizers/formats/tokenizer_json.h"
#include "tokenizers/pipeline.h"

namespace tokenizers {
namespace {

using pipeline::Id;
using pipeline::Pipeline;
using pipeline::TokenizerConfig;

std::string_view text_of(const etllm::MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()),
          file.bytes().size()};
}

etllm::Status in_file(const std::string& name, const etllm::Status& status) {
  return {status.code(), "'" + name + "' cannot be used: " + status.message() +
                             "; use the tokenizer.json that belongs to the "
                             "model"};
}

Error error_of(const etllm::Status& status) {
  switch (status.code()) {
    case etllm::StatusCode::kOk:
      return Error::Ok;
    case etllm::StatusCode::kNotFound:
    case etllm::StatusCode::kIoError:
      return Error::LoadFailure;
    default:
      return Error::ParseFailure;
  }
}

/// Where the files of a tokenizer lie.
struct Location {
  std::filesystem::path tokenizer;
  std::filesystem::path folder;
};

Location locate(const std::string& path) {
  const std::filesystem::path given(path);
  std::error_code ignored;
  if (std::filesystem::is_directory(given, ignored)) {
    return {given / "tokenizer.json", given};
  }
  return {given, given.parent_path()};
}

/// Fills what `config` leaves open from a file that may be missing.
etllm::Status add_config(const std::filesystem::path& path,
                         TokenizerConfig& config) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  const auto file = etllm::MappedFile::open(path.string());
  if (!file.ok()) return file.status();
  const auto parsed = pipeline::parse_tokenizer_config(text_of(*file));
  if (!parsed.ok()) return in_file(path.string(), parsed.status());
  if (!config.bos_token) config.bos_token = parsed->bos_token;
  if (!config.eos_token) config.eos_token = parsed->eos_token;
  if (!config.add_bos_token) config.add_bos_token = parsed->add_bos_token;
  return {};
}

etllm::Result<Pipeline> build_pipeline(std::string_view json,
                                       const std::string& name) {
  auto file = pipeline::parse_tokenizer_json(json);
  if (!file.ok()) return in_file(name, file.status());
  auto built = Pipeline::build(*std::move(file));
  if (!built.ok()) return in_file(name, built.status());
  return built;
}

/// The id of a token that a file names, else one of `otherwise`.
uint64_t id_or(const Pipeline& pipeline,
               const std::optional<std::string>& token,
               const std::vector<Id>& otherwise, bool from_back) {
  const auto id = token.has_value() ? pipeline.id(*token) : std::nullopt;
  if (id.has_value()) return *id;
  if (otherwise.empty()) return Tokenizer::kNoToken;
  return from_back ? otherwise.back() : otherwise.front();
}

}  // namespace

HFTokenizer::HFTokenizer() = default;
HFTokenizer::HFTokenizer(HFTokenizer&&) noexcept = default;
HFTokenizer& HFTokenizer::operator=(HFTokenizer&&) noexcept = default;
HFTokenizer::~HFTokenizer() = default;

Error HFTokenizer::load(const std::string& path) {
  const Location location = locate(path);
  TokenizerConfig config;
  etllm::Status status =
      add_config(location.folder / "tokenizer_config.json", config);
  if (status.ok()) {
    status = add_config(location.folder / "special_tokens_map.json", config);
  }
  if (!status.ok()) return fail(error_of(status), status.message());
  const auto file = etllm::MappedFile::open(location.tokenizer.string());
  if (!file.ok()) return fail(error_of(file.status()), file.status().message());
  return build(text_of(*file), location.tokenizer.string(), config);
}

Error HFTokenizer::load_from_memory(std::string_view tokenizer_json,
                                    const std::string& name,
                                    std::string_view tokenizer_config_json) {
  TokenizerConfig config;
  if (!tokenizer_config_json.empty()) {
    auto parsed = pipeline::parse_tokenizer_config(tokenizer_config_json);
    if (!parsed.ok()) {
      return fail(Error::ParseFailure,
                  in_file("tokenizer_config.json of " + name, parsed.status())
                      .message());
    }
    config = *std::move(parsed);
  }
  return build(tokenizer_json, name, config);
}

Error HFTokenizer::build(std::string_view json, const std::string& name,
                         const pipeline::TokenizerConfig& config) {
  auto built = build_pipeline(json, name);
  if (!built.ok()) {
    return fail(error_of(built.status()), built.status().message());
  }
  const pipeline::SequenceFrame& frame = built->frame();
  const uint64_t bos = id_or(*built, config.bos_token, frame.before, false);
  const uint64_t eos = id_or(*built, config.eos_token, frame.after, true);
  const bool adds_bos =
      config.add_bos_token.value_or(false) || !frame.before.empty();
  return succeed(*std::move(built), bos, eos, adds_bos);
}

}  // namespace tokenizers
