#include <executorch/extension/llm/runner/text_prefiller.h>

#include <algorithm>
#include <limits>

#include "engine/decode_context.h"

namespace executorch::extension::llm {
namespace {

using ::executorch::aten::ScalarType;
using ::executorch::aten::SizesType;
using ::executorch::aten::Tensor;
using ::executorch::runtime::Error;
using ::executorch::runtime::Result;

constexpr size_t kMaxTensorTokens = std::numeric_limits<SizesType>::max();

}  // namespace

TextPrefiller::TextPrefiller(TextDecoderRunner* text_decoder_runner,
                             bool use_kv_cache, bool enable_parallel_prefill,
                             int64_t max_seq_len)
    : text_decoder_runner_(text_decoder_runner),
      use_kv_cache_(use_kv_cache),
      enable_parallel_prefill_(enable_parallel_prefill),
      max_seq_len_(max_seq_len) {}

Result<uint64_t> TextPrefiller::prefill(std::vector<uint64_t>& prompt_tokens,
                                        int64_t& start_pos) {
  return prefill(prompt_tokens, start_pos, 0.0f);
}

Result<uint64_t> TextPrefiller::prefill(std::vector<uint64_t>& prompt_tokens,
                                        int64_t& start_pos, float temperature) {
  if (prompt_tokens.empty()) return Error::InvalidArgument;
  const size_t size = chunk_size(prompt_tokens.size());
  size_t begin = 0;
  std::vector<uint64_t> chunk;
  // All but the last chunk: their next token is known already.
  for (; prompt_tokens.size() - begin > size; begin += size) {
    chunk.assign(
        prompt_tokens.begin() + static_cast<std::ptrdiff_t>(begin),
        prompt_tokens.begin() + static_cast<std::ptrdiff_t>(begin + size));
    const Result<uint64_t> next = prefill_chunk(chunk, start_pos);
    if (!next.ok()) return next.error();
  }
  if (begin > 0) {
    chunk.assign(prompt_tokens.begin() + static_cast<std::ptrdiff_t>(begin),
                 prompt_tokens.end());
  }
  std::vector<uint64_t>& last = begin > 0 ? chunk : prompt_tokens;
  // Subclasses may override only the shorter form.
  return temperature == 0.0f ? prefill_chunk(last, start_pos)
                             : prefill_chunk(last, start_pos, temperature);
}

Result<uint64_t> TextPrefiller::prefill_chunk(
    std::vector<uint64_t>& prompt_tokens, int64_t& start_pos) {
  return prefill_chunk(prompt_tokens, start_pos, 0.0f);
}

Result<uint64_t> TextPrefiller::prefill_chunk(
    std::vector<uint64_t>& prompt_tokens, int64_t& start_pos,
    float temperature) {
  if (prompt_tokens.empty() || prompt_tokens.size() > kMaxTensorTokens) {
    return Error::InvalidArgument;
  }
  auto& context = text_decoder_runner_->context();
  context.prefill_logits.reset();
  const bool at_once = enable_parallel_prefill_ || !use_kv_cache_;
  const Result<Tensor> logits = at_once
                                    ? feed_at_once(prompt_tokens, start_pos)
                                    : feed_one_by_one(prompt_tokens, start_pos);
  if (!logits.ok()) return logits.error();
  const int32_t token =
      text_decoder_runner_->logits_to_token(*logits, temperature);
  if (token < 0) return Error::InvalidState;
  context.prefill_logits.emplace(*logits);
  return static_cast<uint64_t>(token);
}

Result<Tensor> TextPrefiller::feed_at_once(std::vector<uint64_t>& tokens,
                                           int64_t& start_pos) {
  if (text_decoder_runner_->context().stop_requested.load()) {
    return Error::EndOfMethod;
  }
  TensorPtr input =
      from_blob(tokens.data(), {1, static_cast<SizesType>(tokens.size())},
                ScalarType::Long);
  Result<Tensor> logits = text_decoder_runner_->step(input, start_pos);
  if (logits.ok()) start_pos += static_cast<int64_t>(tokens.size());
  return logits;
}

Result<Tensor> TextPrefiller::feed_one_by_one(std::vector<uint64_t>& tokens,
                                              int64_t& start_pos) {
  uint64_t token = 0;
  TensorPtr input = from_blob(&token, {1, 1}, ScalarType::Long);
  for (size_t i = 0;; ++i) {
    if (text_decoder_runner_->context().stop_requested.load()) {
      return Error::EndOfMethod;
    }
    token = tokens[i];
    Result<Tensor> logits = text_decoder_runner_->step(input, start_pos);
    if (!logits.ok()) return logits.error();
    ++start_pos;
    if (i + 1 == tokens.size()) return logits;
  }
}

size_t TextPrefiller::chunk_size(size_t num_tokens) const {
  // Without a cache the model forgets the chunk before.
  if (!use_kv_cache_) return num_tokens;
  size_t size = num_tokens;
  if (max_seq_len_ > 0)
    size = std::min(size, static_cast<size_t>(max_seq_len_));
  if (!enable_parallel_prefill_) return size;
  const int64_t bound = text_decoder_runner_->max_input_tokens();
  return bound > 0 ? std::min(size, static_cast<size_t>(bound)) : size;
}

Error TextPrefiller::load() { return text_decoder_runner_->load(); }

bool TextPrefiller::is_loaded() const {
  return text_decoder_runner_->is_method_loaded();
}

}  // namespace executorch::extension::llm
