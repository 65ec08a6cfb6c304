#pragma once

// A decoder-only transformer as a model on disk describes it, checked: sizes,
// and the tensors that play each part. What the graph is built from, whatever
// family the model belongs to.

#include <cstdint>
#include <string>
#include <vector>

#include "importer/source/model_source.h"

namespace etllm::importer {

/// The sizes of a decoder. All are positive.
struct DecoderShape {
  std::uint32_t layers = 0;
  std::uint32_t hidden = 0;
  std::uint32_t intermediate = 0;
  std::uint32_t query_heads = 0;
  std::uint32_t kv_heads = 0;  ///< Divides `query_heads`.
  std::uint32_t head_size = 0;
  std::uint32_t vocabulary = 0;
  std::uint32_t context_tokens = 0;
  float norm_epsilon = 0;

  std::uint32_t query_size() const { return query_heads * head_size; }
  std::uint32_t kv_size() const { return kv_heads * head_size; }
};

/// Rotary position embedding.
struct RopeParameters {
  /// Pairs are neighbours; else they are half the rotated size apart.
  bool interleaved = false;
  /// Multiplies cosine and sine.
  float magnitude = 1;
  /// One per pair of rotated values, any scaling included.
  std::vector<float> inverse_frequencies;
};

/// The tensors of one layer; never null.
struct DecoderLayer {
  const SourceTensor* attention_norm = nullptr;
  const SourceTensor* query = nullptr;
  const SourceTensor* key = nullptr;
  const SourceTensor* value = nullptr;
  const SourceTensor* attention_output = nullptr;
  const SourceTensor* mlp_norm = nullptr;
  const SourceTensor* gate = nullptr;
  const SourceTensor* up = nullptr;
  const SourceTensor* down = nullptr;
};

/// Borrows the tensors from the ModelSource.
struct DecoderModel {
  std::string architecture;
  DecoderShape shape;
  RopeParameters rope;
  const SourceTensor* embedding = nullptr;
  std::vector<DecoderLayer> layers;
  const SourceTensor* output_norm = nullptr;
  /// The same tensor as `embedding` in a model that ties the two.
  const SourceTensor* output = nullptr;
};

}  // namespace etllm::importer
