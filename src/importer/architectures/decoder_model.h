#pragma once

// A decoder-only transformer, checked: sizes, blocks, and the tensors that
// play each part. What the graph is built from, whatever family the model
// belongs to and whatever format it came in.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "importer/tensors/matrix_view.h"
#include "kernels/formats/activation_function.h"

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

  std::uint32_t query_size() const { return query_heads * head_size; }
  std::uint32_t kv_size() const { return kv_heads * head_size; }
};

/// A normalization of rows.
struct Norm {
  bool is_layer_norm = false;  ///< Else by the root of the mean square.
  float epsilon = 0;
  std::vector<float> weight;
  std::vector<float> bias;  ///< Empty without one; only of layer norms.
};

/// y = x W^T + bias.
struct Linear {
  MatrixView weight;
  std::vector<float> bias;  ///< Empty without one.
};

/// Numbers of the operator `head_norm`.
enum class HeadNormKind : std::uint8_t {
  kRmsOfHead = 0,
  kRmsOfAllHeads = 1,
  kLayerNormOfHead = 2,
};

/// A normalization of query and key heads.
struct HeadNorm {
  HeadNormKind kind = HeadNormKind::kRmsOfHead;
  float epsilon = 0;
  std::vector<float> query_weight;
  std::vector<float> key_weight;
};

/// Rotary position embedding.
struct RopeParameters {
  /// Pairs are neighbours; else they are half the rotated size apart.
  bool interleaved = false;
  /// Multiplies cosine and sine.
  float magnitude = 1;
  /// One per pair of rotated values, any scaling included.
  std::vector<float> inverse_frequencies;
  /// Other ones for calls that reach beyond `short_positions`; empty without.
  std::vector<float> long_inverse_frequencies;
  std::uint32_t short_positions = 0;
};

struct AttentionBlock {
  MatrixView query;
  MatrixView key;
  MatrixView value;
  /// Of queries, keys and values, one after the other; empty without.
  std::vector<float> bias;
  Linear output;
  std::optional<HeadNorm> head_norm;
  double scale = 1;
  std::optional<std::uint32_t> rope;  ///< Index of DecoderModel::ropes.
  std::uint32_t window = 0;           ///< 0: all positions.
};

/// down(act(gate(x)) * up(x)), or down(act(up(x))) without a gate.
struct MlpBlock {
  std::optional<Linear> gate;
  Linear up;
  Linear down;
};

/// A mixture of gated MLPs without biases, one matrix per expert.
struct ExpertBlock {
  MatrixView router;
  std::vector<MatrixView> gate;
  std::vector<MatrixView> up;
  std::vector<MatrixView> down;
};

struct DecoderLayer {
  std::optional<Norm> pre_attention_norm;
  AttentionBlock attention;
  std::optional<Norm> post_attention_norm;
  std::optional<Norm> pre_mlp_norm;
  /// One of the two.
  std::optional<MlpBlock> mlp;
  std::optional<ExpertBlock> experts;
  std::optional<Norm> post_mlp_norm;
};

/// What all mixtures of a model have in common.
struct ExpertParameters {
  std::uint32_t count = 0;
  std::uint32_t active = 0;
  std::uint32_t intermediate = 0;
  bool has_sigmoid_scores = false;
  bool normalises = true;
  float route_scale = 1;
};

/// Borrows the tensors from the ModelSource.
struct DecoderModel {
  std::string architecture;
  DecoderShape shape;

  MatrixView embedding;
  float embedding_scale = 1;
  std::optional<MatrixView> positions;  ///< Learned ones, one row each.
  std::optional<Norm> embedding_norm;

  std::vector<RopeParameters> ropes;
  float attention_soft_cap = 0;
  kernels::ActivationFunction activation = kernels::ActivationFunction::kSilu;
  ExpertParameters experts;
  /// Attention and MLP both read what the layer got; the MLP's norm is the
  /// attention's unless it has its own.
  bool has_parallel_residual = false;
  float residual_scale = 1;
  std::vector<DecoderLayer> layers;

  std::optional<Norm> final_norm;
  /// `head.weight` views the embedding's tensor in a model that ties the two.
  Linear head;
  bool has_tied_head = false;
  float logit_scale = 1;
  float logit_soft_cap = 0;
};

}  // namespace etllm::importer
