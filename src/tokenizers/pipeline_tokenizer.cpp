#include <pytorch/tokenizers/pipeline_tokenizer.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/mapped_file.h"
#include "base/status.h"
#include "tokenizers/formats/file_format.h"
#include "tokenizers/formats/tokenizer_config.h"
#include "tokenizers/pipeline.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers {
namespace {

using pipeline::Id;

Error encode_error_of(const etllm::Status& status) {
  return status.code() == etllm::StatusCode::kCancelled ? Error::RegexFailure
                                                        : Error::EncodeFailure;
}

}  // namespace

PipelineTokenizer::PipelineTokenizer() = default;
PipelineTokenizer::PipelineTokenizer(PipelineTokenizer&&) noexcept = default;
PipelineTokenizer& PipelineTokenizer::operator=(PipelineTokenizer&&) noexcept =
    default;
PipelineTokenizer::~PipelineTokenizer() = default;

Error PipelineTokenizer::succeed(pipeline::Pipeline pipeline, uint64_t bos,
                                 uint64_t eos, bool adds_bos) {
  vocab_size_ = static_cast<int32_t>(std::min<std::size_t>(
      pipeline.size(), std::numeric_limits<int32_t>::max()));
  pipeline_ = std::make_unique<pipeline::Pipeline>(std::move(pipeline));
  bos_tok_ = bos;
  eos_tok_ = eos;
  adds_bos_ = adds_bos;
  failure_.clear();
  initialized_ = true;
  return Error::Ok;
}

Error PipelineTokenizer::load_file(const std::string& path,
                                   const pipeline::FileFormat& format) {
  const auto file = etllm::MappedFile::open(path);
  if (!file.ok()) return fail(Error::LoadFailure, file.status().message());
  return load_content({reinterpret_cast<const char*>(file->bytes().data()),
                       file->bytes().size()},
                      path, format, {});
}

Error PipelineTokenizer::load_content(std::string_view content,
                                      const std::string& name,
                                      const pipeline::FileFormat& format,
                                      const pipeline::TokenizerConfig& config) {
  auto loaded = format.read(content);
  if (!loaded.ok()) {
    return fail(Error::ParseFailure,
                "'" + name + "' cannot be used as " + std::string(format.name) +
                    ": " + loaded.status().message() +
                    "; use the file that belongs to the model");
  }
  const auto choose = [&](const std::optional<std::string>& text,
                          std::optional<Id> id) {
    if (text) id = loaded->pipeline.id(*text);
    return id.has_value() ? uint64_t{*id} : kNoToken;
  };
  const uint64_t bos = choose(config.bos_token, loaded->bos);
  const uint64_t eos = choose(config.eos_token, loaded->eos);
  return succeed(std::move(loaded->pipeline), bos, eos,
                 config.add_bos_token.value_or(true));
}

std::optional<pipeline::TokenizerConfig> PipelineTokenizer::read_config(
    std::string_view json, const std::string& name) {
  if (json.empty()) return pipeline::TokenizerConfig{};
  auto config = pipeline::parse_tokenizer_config(json);
  if (config.ok()) return *std::move(config);
  fail(Error::ParseFailure,
       "tokenizer_config.json of '" + name +
           "' cannot be used: " + config.status().message());
  return std::nullopt;
}

Error PipelineTokenizer::fail(Error error, const std::string& sentence) {
  pipeline_.reset();
  initialized_ = false;
  vocab_size_ = 0;
  bos_tok_ = eos_tok_ = kNoToken;
  failure_ = sentence;
  return error;
}

uint64_t PipelineTokenizer::ordinary_id_bound() const {
  return pipeline_ == nullptr ? 0 : pipeline_->ordinary_id_bound();
}

void PipelineTokenizer::set_bos_eos(uint64_t bos, uint64_t eos) {
  bos_tok_ = bos;
  eos_tok_ = eos;
}

bool PipelineTokenizer::adds_bos() const {
  return pipeline_ != nullptr && adds_bos_ && bos_tok_ != kNoToken;
}

Result<std::vector<uint64_t>> PipelineTokenizer::encode(const std::string& text,
                                                        int8_t bos,
                                                        int8_t eos) const {
  if (pipeline_ == nullptr) return Error::Uninitialized;
  const bool valid = pipeline::valid_utf8_prefix(text) == text.size();
  const auto ids =
      pipeline_->encode(valid ? text : pipeline::replace_invalid_utf8(text));
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

Result<std::string> PipelineTokenizer::decode(uint64_t prev, uint64_t token,
                                              bool skip_special_tokens) const {
  if (pipeline_ == nullptr) return Error::Uninitialized;
  if (token > std::numeric_limits<Id>::max() ||
      !pipeline_->piece(static_cast<Id>(token)).has_value()) {
    return Error::OutOfRange;
  }
  std::optional<Id> previous;
  if (prev != kNoToken && prev != bos_tok_ &&
      prev <= std::numeric_limits<Id>::max()) {
    previous = static_cast<Id>(prev);
  }
  auto text = pipeline_->decode_one(previous, static_cast<Id>(token),
                                    skip_special_tokens);
  if (!text.ok()) return Error::DecodeFailure;
  return *std::move(text);
}

Result<std::string> PipelineTokenizer::decode(
    const std::vector<uint64_t>& tokens, bool skip_special_tokens) const {
  if (pipeline_ == nullptr) return Error::Uninitialized;
  std::vector<Id> ids;
  ids.reserve(tokens.size());
  for (const uint64_t token : tokens) {
    if (token > std::numeric_limits<Id>::max()) continue;
    ids.push_back(static_cast<Id>(token));
  }
  auto text = pipeline_->decode(ids, skip_special_tokens);
  if (!text.ok()) return Error::DecodeFailure;
  return *std::move(text);
}

Result<std::string> PipelineTokenizer::id_to_piece(uint64_t token) const {
  if (pipeline_ == nullptr) return Error::Uninitialized;
  if (token > std::numeric_limits<Id>::max()) return Error::OutOfRange;
  const auto piece = pipeline_->piece(static_cast<Id>(token));
  if (!piece.has_value()) return Error::OutOfRange;
  return std::string(*piece);
}

Result<uint64_t> PipelineTokenizer::piece_to_id(
    const std::string& piece) const {
  if (pipeline_ == nullptr) return Error::Uninitialized;
  const auto id = pipeline_->id(piece);
  if (!id.has_value()) return Error::OutOfRange;
  return uint64_t{*id};
}

}  // namespace tokenizers
