#pragma once

// Names that exported language models agree on: constant methods that describe
// the model, and the methods that run it.

namespace executorch {
namespace extension {
namespace llm {

/// Whether one call of a method may carry any number of tokens.
inline constexpr auto kEnableDynamicShape = "enable_dynamic_shape";
/// Id of the token that begins a sequence.
inline constexpr auto kBosId = "get_bos_id";
/// Id or ids of the tokens that end an answer.
inline constexpr auto kEosIds = "get_eos_ids";
/// The other spelling of kEosIds; both are read and united.
inline constexpr auto kEosId = "get_eos_id";
/// Largest number of tokens of one call.
inline constexpr auto kMaxSeqLen = "get_max_seq_len";
/// Largest number of tokens of a conversation (the KV capacity).
inline constexpr auto kMaxContextLen = "get_max_context_len";
/// Positions of the smallest KV cache where that is a ring, of a layer that
/// sees a window only. Models without rings have no such method.
inline constexpr auto kRingLen = "get_ring_len";
/// Number of logits per position.
inline constexpr auto kVocabSize = "get_vocab_size";
/// Whether the model keeps keys and values between calls.
inline constexpr auto kUseKVCache = "use_kv_cache";
/// Whether attention and cache are one custom operator.
inline constexpr auto kUseSDPAWithKVCache = "use_sdpa_with_kv_cache";

/// Text models have one method that does everything.
inline constexpr auto kForwardMethod = "forward";
/// Methods of two-method text models.
inline constexpr auto kPrefillMethod = "prefill";
inline constexpr auto kDecodeMethod = "decode";
/// Methods of multimodal models.
inline constexpr auto kVisionEncoderMethod = "vision_encoder";
inline constexpr auto kAudioEncoderMethod = "audio_encoder";
inline constexpr auto kTokenEmbeddingMethod = "token_embedding";
inline constexpr auto kTextModelMethod = "text_decoder";

}  // namespace llm
}  // namespace extension
}  // namespace executorch
