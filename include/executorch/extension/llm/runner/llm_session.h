#pragma once

// Several conversations on one loaded model: an engine holds what never
// changes (program, weights, tokenizer), a session holds one conversation. The
// interfaces are for servers and bindings, which drive a session token by
// token; TextLLMRunner is the simpler way for a single conversation.
//
//   auto engine = create_text_llm_engine("model.pte", tokenizer);
//   auto session = std::move(engine->create_session().get());
//   session->prefill_tokens(ids);
//   while (true) {
//     auto step = session->decode_one(SamplingConfig{});
//     if (!step.ok() || step->is_eos) break;
//     out << step->text_piece;
//   }

#include <executorch/runtime/core/error.h>
#include <executorch/runtime/core/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace executorch {
namespace extension {
namespace llm {

/// How the next token is selected.
struct SamplingConfig {
  float temperature = -1.0f;  ///< Below 0: the model's default.
  float top_p = 1.0f;         ///< 1 keeps all tokens.
  int32_t top_k = 0;          ///< 0 keeps all tokens.
  uint64_t seed = 0;          ///< 0: not repeatable.
};

/// One decoded token.
struct DecodeResult {
  uint64_t token_id;
  /// Its bytes; a character may come in several tokens.
  std::string text_piece;
  bool is_eos;
};

/// What another session costs.
struct LLMServingCapacity {
  /// Sessions that share one copy of the weights. 1 for models with delegates,
  /// which may keep a copy for each session.
  int32_t max_physical_sessions_without_weight_duplication = 1;
  /// Most bytes that one session adds: caches and activations; 0 = unknown.
  /// Pages of a cache that no token has reached take up nothing.
  int64_t estimated_bytes_per_session = 0;
};

/// One conversation. `stop()` may be called from any thread, the rest from one
/// at a time; sessions are independent of each other.
class LLMSession {
 public:
  virtual ~LLMSession() = default;

  /// Reads `tokens` at the current position. InvalidArgument when there are
  /// none or they do not fit the context. `initial_sampling` is for models
  /// that select the first token while they read; text models ignore it.
  virtual ::executorch::runtime::Error prefill_tokens(
      std::vector<uint64_t> tokens,
      const SamplingConfig* initial_sampling = nullptr) = 0;

  /// Selects the next token. InvalidState without an earlier prefill,
  /// InvalidArgument when the context is full, EndOfMethod after `stop()`.
  virtual ::executorch::runtime::Result<DecodeResult> decode_one(
      const SamplingConfig& sampling) = 0;

  /// Shortens the conversation to its first `position` tokens, so that the
  /// next prefill reuses them. InvalidArgument beyond `position()`.
  virtual ::executorch::runtime::Error seek(int64_t position) = 0;

  /// Number of tokens in the cache.
  virtual int64_t position() const = 0;

  /// Starts a new conversation.
  virtual ::executorch::runtime::Error reset() = 0;

  /// Ends a prefill at its next chunk, or the next `decode_one()` before it
  /// does any work.
  virtual void stop() = 0;
};

/// What all conversations share. Creating sessions is for one thread at a
/// time. Sessions keep what they share alive.
class LLMEngine {
 public:
  virtual ~LLMEngine() = default;

  virtual ::executorch::runtime::Result<std::unique_ptr<LLMSession>>
  create_session() = 0;

  virtual LLMServingCapacity serving_capacity() const = 0;

  /// The constants.h keys of the model.
  virtual const std::unordered_map<std::string, int64_t>& metadata() const = 0;
};

}  // namespace llm
}  // namespace extension
}  // namespace executorch
