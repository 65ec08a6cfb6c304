#include "kernels/moe/moe.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/dispatch/select.h"
#include "kernels/moe/router.h"
#include "kernels/threading/parallel.h"

namespace etllm::kernels {
namespace {

constexpr std::size_t kHeaderBytes = 64;
constexpr std::int32_t kHeaderMagic = 6712;
constexpr std::int32_t kUniversalFormat = 1;
// Tokens that are mixed at a time; bounds the memory for their activations.
constexpr std::size_t kTokensPerChunk = 64;

/// Eight rows of a packed matrix.
std::size_t panel_bytes(std::size_t columns, std::size_t group_size, int bits) {
  return kPanelRows * (columns * static_cast<std::size_t>(bits) / 8 +
                       columns / group_size * 8);
}

/// The tokens of a chunk that an expert works for, and with which weights.
struct ExpertTokens {
  std::vector<std::size_t> tokens;
  std::vector<float> weights;
};

/// Memory for one expert at a time.
struct ExpertBuffers {
  std::vector<float> x;        ///< [tokens][dim]
  std::vector<float> gate_up;  ///< [tokens][2 hidden_dim]
  std::vector<float> hidden;   ///< [tokens][hidden_dim]
};

class Mixer {
 public:
  Mixer(const MoeShape& shape, const MoeWeights& weights)
      : shape_(shape), weights_(weights), by_expert_(shape.experts) {}

  /// `tokens` successive rows of `x`, at most a chunk.
  void mix(const float* x, std::size_t tokens, float* out) {
    for (ExpertTokens& expert : by_expert_) expert = {};
    for (std::size_t t = 0; t < tokens; ++t) {
      for (const ExpertShare& share :
           choose_experts(shape_, weights_, x + t * shape_.dim)) {
        by_expert_[share.expert].tokens.push_back(t);
        by_expert_[share.expert].weights.push_back(share.weight);
      }
    }
    std::fill_n(out, tokens * shape_.dim, 0.0f);
    for (std::size_t e = 0; e < shape_.experts; ++e) {
      if (!by_expert_[e].tokens.empty()) run_expert(e, x, out);
    }
  }

 private:
  void run_expert(std::size_t expert, const float* x, float* out) {
    const ExpertTokens& chosen = by_expert_[expert];
    const std::size_t tokens = chosen.tokens.size();
    buffers_.x.resize(tokens * shape_.dim);
    for (std::size_t i = 0; i < tokens; ++i) {
      std::copy_n(x + chosen.tokens[i] * shape_.dim, shape_.dim,
                  buffers_.x.data() + i * shape_.dim);
    }
    project_up(expert, tokens);
    project_down(expert, chosen, out);
  }

  void project_up(std::size_t expert, std::size_t tokens) {
    const std::size_t width = 2 * shape_.hidden_dim;
    buffers_.gate_up.resize(tokens * width);
    buffers_.hidden.resize(tokens * shape_.hidden_dim);
    const unsigned char* matrix =
        weights_.gate_up + expert * weights_.gate_up_bytes + kHeaderBytes;
    float* gate_up = buffers_.gate_up.data();
    parallel_for(width / kPanelRows, 1,
                 [&](std::size_t begin, std::size_t end) {
                   for (std::size_t panel = begin; panel < end; ++panel) {
                     active_kernels().multiply_panel(
                         view(matrix, panel, shape_.dim), buffers_.x.data(),
                         tokens, gate_up + panel * kPanelRows, width);
                   }
                 });
    active_kernels().multiply_gated_rows(
        {.gate = gate_up,
         .up = gate_up + shape_.hidden_dim,
         .stride = width,
         .function = ActivationFunction::kSilu,
         .gate_bias = nullptr,
         .up_bias = nullptr},
        {buffers_.hidden.data(), shape_.hidden_dim, tokens, shape_.hidden_dim});
  }

  void project_down(std::size_t expert, const ExpertTokens& chosen,
                    float* out) {
    const std::size_t tokens = chosen.tokens.size();
    const unsigned char* matrix =
        weights_.down + expert * weights_.down_bytes + kHeaderBytes;
    parallel_for(
        shape_.dim / kPanelRows, 1, [&](std::size_t begin, std::size_t end) {
          float results[kTokensPerChunk * kPanelRows];
          for (std::size_t panel = begin; panel < end; ++panel) {
            active_kernels().multiply_panel(
                view(matrix, panel, shape_.hidden_dim), buffers_.hidden.data(),
                tokens, results, kPanelRows);
            for (std::size_t i = 0; i < tokens; ++i) {
              float* row =
                  out + chosen.tokens[i] * shape_.dim + panel * kPanelRows;
              for (std::size_t r = 0; r < kPanelRows; ++r) {
                row[r] += chosen.weights[i] * results[i * kPanelRows + r];
              }
            }
          }
        });
  }

  WeightPanel view(const unsigned char* matrix, std::size_t panel,
                   std::size_t columns) const {
    return {
        matrix + panel * panel_bytes(columns, shape_.group_size, shape_.bits),
        columns, shape_.group_size, shape_.bits};
  }

  const MoeShape& shape_;
  const MoeWeights& weights_;
  std::vector<ExpertTokens> by_expert_;
  ExpertBuffers buffers_;
};

}  // namespace

std::optional<std::size_t> packed_matrix_bytes(std::size_t rows,
                                               std::size_t columns,
                                               std::size_t group_size,
                                               int bits) {
  const std::size_t panels = (rows + kPanelRows - 1) / kPanelRows;
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(panels, panel_bytes(columns, group_size, bits),
                             &bytes) ||
      __builtin_add_overflow(bytes, kHeaderBytes, &bytes)) {
    return std::nullopt;
  }
  return bytes;
}

bool has_packed_header(const unsigned char* matrix, int bits) {
  // Magic number, format, bits, has zeros, has bias.
  std::int32_t header[5];
  std::memcpy(header, matrix, sizeof header);
  return header[0] == kHeaderMagic && header[1] == kUniversalFormat &&
         header[2] == bits && header[3] == 0 && header[4] == 0;
}

void mixture_of_experts(const MoeShape& shape, const MoeWeights& weights,
                        const float* x, float* out) {
  Mixer mixer(shape, weights);
  for (std::size_t t = 0; t < shape.tokens; t += kTokensPerChunk) {
    const std::size_t tokens = std::min(kTokensPerChunk, shape.tokens - t);
    mixer.mix(x + t * shape.dim, tokens, out + t * shape.dim);
  }
}

}  // namespace etllm::kernels
