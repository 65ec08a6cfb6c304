#include <pytorch/tokenizers/hf_tokenizer.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>

#include "base/mapped_file.h"
#include "base/status.h"
#include "tokenizers/formats/tokenizer_config.h"
#include "tokenizers/formats/tokenizer_json.h"
#include "tokenizers/pipeline.h"
#include "tokenizers/text/utf8.h"

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

Error encode_error_of(const etllm::Status& status) {
  return status.code() == etllm::StatusCode::kCancelled ? Error::RegexFailure
                                                        : Error::EncodeFailure;
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

}  // namespace

struct HFTokenizer::State {
  Pipeline pipeline;
  bool adds_bos = false;

  /// The id of a token that a file names, else `otherwise`.
  uint64_t id_or(const std::optional<std::string>& token,
                 const std::vector<Id>& otherwise, bool from_back) const {
    const auto id =
        token.has_value() ? pipeline.id(*token) : std::optional<Id>();
    if (id.has_value()) return *id;
    if (otherwise.empty()) return kNoToken;
    return from_back ? otherwise.back() : otherwise.front();
  }
};

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
  state_ = std::make_unique<State>(State{*std::move(built)});
  const pipeline::SequenceFrame& frame = state_->pipeline.frame();
  bos_tok_ = state_->id_or(config.bos_token, frame.before, false);
  eos_tok_ = state_->id_or(config.eos_token, frame.after, true);
  state_->adds_bos =
      config.add_bos_token.value_or(false) || !frame.before.empty();
  vocab_size_ = static_cast<int32_t>(std::min<std::size_t>(
      state_->pipeline.size(), std::numeric_limits<int32_t>::max()));
  failure_.clear();
  initialized_ = true;
  return Error::Ok;
}

Error HFTokenizer::fail(Error error, const std::string& sentence) {
  state_.reset();
  initialized_ = false;
  vocab_size_ = 0;
  bos_tok_ = eos_tok_ = kNoToken;
  failure_ = sentence;
  return error;
}

void HFTokenizer::set_bos_eos(uint64_t bos, uint64_t eos) {
  bos_tok_ = bos;
  eos_tok_ = eos;
}

bool HFTokenizer::adds_bos() const {
  return state_ != nullptr && state_->adds_bos && bos_tok_ != kNoToken;
}

Result<std::vector<uint64_t>> HFTokenizer::encode(const std::string& text,
                                                  int8_t bos,
                                                  int8_t eos) const {
  if (state_ == nullptr) return Error::Uninitialized;
  const bool valid = pipeline::valid_utf8_prefix(text) == text.size();
  const auto ids = state_->pipeline.encode(
      valid ? text : pipeline::replace_invalid_utf8(text));
  if (!ids.ok()) return encode_error_of(ids.status());
  std::vector<uint64_t> result;
  const auto count = [](int8_t wanted, bool possible) {
    return possible && wanted > 0 ? static_cast<std::size_t>(wanted) : 0;
  };
  const std::size_t bos_count = count(bos, adds_bos());
  const std::size_t eos_count = count(eos, eos_tok_ != kNoToken);
  result.reserve(bos_count + ids->size() + eos_count);
  result.assign(bos_count, bos_tok_);
  result.insert(result.end(), ids->begin(), ids->end());
  result.insert(result.end(), eos_count, eos_tok_);
  return result;
}

Result<std::string> HFTokenizer::decode(uint64_t prev, uint64_t token,
                                        bool skip_special_tokens) const {
  if (state_ == nullptr) return Error::Uninitialized;
  if (token > std::numeric_limits<Id>::max() ||
      !state_->pipeline.piece(static_cast<Id>(token)).has_value()) {
    return Error::OutOfRange;
  }
  std::optional<Id> previous;
  if (prev != kNoToken && prev != bos_tok_ &&
      prev <= std::numeric_limits<Id>::max()) {
    previous = static_cast<Id>(prev);
  }
  auto text = state_->pipeline.decode_one(previous, static_cast<Id>(token),
                                          skip_special_tokens);
  if (!text.ok()) return Error::DecodeFailure;
  return *std::move(text);
}

Result<std::string> HFTokenizer::decode(const std::vector<uint64_t>& tokens,
                                        bool skip_special_tokens) const {
  if (state_ == nullptr) return Error::Uninitialized;
  std::vector<Id> ids;
  ids.reserve(tokens.size());
  for (const uint64_t token : tokens) {
    if (token > std::numeric_limits<Id>::max()) continue;
    ids.push_back(static_cast<Id>(token));
  }
  auto text = state_->pipeline.decode(ids, skip_special_tokens);
  if (!text.ok()) return Error::DecodeFailure;
  return *std::move(text);
}

Result<std::string> HFTokenizer::id_to_piece(uint64_t token) const {
  if (state_ == nullptr) return Error::Uninitialized;
  if (token > std::numeric_limits<Id>::max()) return Error::OutOfRange;
  const auto piece = state_->pipeline.piece(static_cast<Id>(token));
  if (!piece.has_value()) return Error::OutOfRange;
  return std::string(*piece);
}

Result<uint64_t> HFTokenizer::piece_to_id(const std::string& piece) const {
  if (state_ == nullptr) return Error::Uninitialized;
  const auto id = state_->pipeline.id(piece);
  if (!id.has_value()) return Error::OutOfRange;
  return uint64_t{*id};
}

}  // namespace tokenizers
