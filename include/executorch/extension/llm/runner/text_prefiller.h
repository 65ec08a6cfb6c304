#pragma once

// Feeds a prompt to the model, in chunks as large as the model takes.

#include <executorch/extension/llm/runner/text_decoder_runner.h>

#include <cstdint>
#include <vector>

namespace executorch {
namespace extension {
namespace llm {

/// The decoder runner is borrowed and must outlive the prefiller. One thread
/// at a time.
class TextPrefiller {
 public:
  /// With `enable_parallel_prefill` a chunk is one execution, else each token
  /// is. A chunk has at most `max_seq_len` tokens (0 or less: no bound of its
  /// own) and at most what the method itself takes. Without a KV cache the
  /// prompt is always one chunk.
  TextPrefiller(TextDecoderRunner* text_decoder_runner, bool use_kv_cache,
                bool enable_parallel_prefill, int64_t max_seq_len = 128);
  virtual ~TextPrefiller() = default;

  /// Feeds `prompt_tokens` from `start_pos` on, which moves forward with every
  /// chunk. Returns the token selected after the last one, with temperature 0
  /// unless given. InvalidArgument when there are no tokens; EndOfMethod when
  /// `stop()` ended it early.
  virtual ::executorch::runtime::Result<uint64_t> prefill(
      std::vector<uint64_t>& prompt_tokens, int64_t& start_pos);
  virtual ::executorch::runtime::Result<uint64_t> prefill(
      std::vector<uint64_t>& prompt_tokens, int64_t& start_pos,
      float temperature);

  /// The same for tokens that fit into one chunk.
  virtual ::executorch::runtime::Result<uint64_t> prefill_chunk(
      std::vector<uint64_t>& prompt_tokens, int64_t& start_pos);
  virtual ::executorch::runtime::Result<uint64_t> prefill_chunk(
      std::vector<uint64_t>& prompt_tokens, int64_t& start_pos,
      float temperature);

  /// Loads what prefilling needs.
  virtual ::executorch::runtime::Error load();

  /// Whether `load()` has succeeded.
  virtual bool is_loaded() const;

 private:
  ::executorch::runtime::Result<executorch::aten::Tensor> feed_at_once(
      std::vector<uint64_t>& tokens, int64_t& start_pos);
  ::executorch::runtime::Result<executorch::aten::Tensor> feed_one_by_one(
      std::vector<uint64_t>& tokens, int64_t& start_pos);
  size_t chunk_size(size_t num_tokens) const;

  TextDecoderRunner* text_decoder_runner_;
  bool use_kv_cache_;
  bool enable_parallel_prefill_;
  int64_t max_seq_len_;
};

}  // namespace llm
}  // namespace extension
}  // namespace executorch
