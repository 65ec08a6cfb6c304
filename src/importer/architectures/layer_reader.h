#pragma once

// Reads the blocks of one layer after the other.

#include <optional>
#include <vector>

#include "importer/architectures/decoder_model.h"
#include "importer/architectures/description_values.h"
#include "importer/architectures/expression.h"
#include "importer/architectures/tensor_reader.h"

namespace etllm::importer {

/// What is wrong goes to the TensorReader. Adds the ropes that layers use, and
/// what MLPs have in common, to the model.
class LayerReader {
 public:
  LayerReader(const Json& description, const ModelSource& source,
              Expressions& expressions, TensorReader& tensors,
              DecoderModel& model);

  DecoderLayer read(int layer);
  Norm read_norm(const TensorPart& part);

 private:
  enum class QkvLayout : std::uint8_t { kSeparate, kRows, kGroups };

  void read_common();
  std::optional<Norm> read_norm_if(const char* member, const char* role,
                                   int layer);
  AttentionBlock read_attention(int layer);
  void read_qkv(int layer, AttentionBlock& out);
  void read_separate_qkv(int layer, AttentionBlock& out);
  void read_fused_qkv(int layer, AttentionBlock& out);
  std::optional<HeadNorm> read_head_norm(int layer);
  std::vector<float> read_head_norm_weight(const char* role, int layer,
                                           HeadNormKind kind,
                                           std::uint32_t heads);
  std::optional<std::uint32_t> choose_rope(int layer);
  std::uint32_t read_window(int layer);
  RowOrder rotated_rows(std::optional<std::uint32_t> rope) const;
  MlpBlock read_mlp(int layer);
  ExpertBlock read_experts(int layer);
  bool has_bias(const char* section, const char* member, const char* role,
                int layer);
  Linear read_linear(const TensorPart& part, std::uint64_t rows,
                     std::uint64_t cols, bool has_bias);

  const Json& description_;
  const ModelSource& source_;
  Expressions& expressions_;
  TensorReader& tensors_;
  DescriptionValues values_;
  DecoderModel& model_;

  bool is_layer_norm_ = false;
  /// What norms multiply by is one more than the tensor says.
  bool adds_one_ = false;
  float epsilon_ = 0;
  bool norms_have_weight_ = true;
  QkvLayout qkv_layout_ = QkvLayout::kSeparate;
  bool has_neighbours_ = false;
  bool is_gated_ = true;
  bool has_fused_gate_ = false;
  /// For each entry of the description's "rope": where it is in the model.
  std::vector<std::optional<std::uint32_t>> rope_index_;
};

}  // namespace etllm::importer
