#pragma once

// A mixture of experts with gated feed-forward layers: the router picks some
// experts for each token, and their results are mixed. The weights are those
// that torchao packs; see isa/weight_panel.h.

#include <cstddef>
#include <cstdint>
#include <optional>

namespace etllm::kernels {

enum class ExpertScore : std::uint8_t {
  kSigmoid,  ///< Sigmoids, normalised over the chosen experts, times a factor.
  kSoftmax,  ///< The softmax of the chosen experts' scores.
};

struct MoeShape {
  std::size_t tokens;
  std::size_t experts;
  std::size_t active_experts;
  std::size_t dim;
  std::size_t hidden_dim;
  std::size_t group_size;  ///< A multiple of 16 that divides both dimensions.
  int bits;                ///< 4 or 8.
};

struct MoeWeights {
  const float* router;  ///< [experts][dim]
  const float* bias;    ///< [experts], for the choice alone; may be null.
  /// One packed matrix for each expert, [2 hidden_dim][dim]: first the gate,
  /// then the up projection.
  const unsigned char* gate_up;
  std::size_t gate_up_bytes;  ///< From one expert to the next.
  const unsigned char* down;  ///< [dim][hidden_dim]
  std::size_t down_bytes;
  ExpertScore score;
  float route_scale;  ///< Of kSigmoid.
};

/// Bytes of a packed matrix, its header of 64 bytes included; nothing when
/// that is more than an address space holds.
std::optional<std::size_t> packed_matrix_bytes(std::size_t rows,
                                               std::size_t columns,
                                               std::size_t group_size,
                                               int bits);

/// Whether the header before an expert's matrix is torchao's.
bool has_packed_header(const unsigned char* matrix, int bits);

/// `x` and `out` are [tokens][dim].
void mixture_of_experts(const MoeShape& shape, const MoeWeights& weights,
                        const float* x, float* out);

}  // namespace etllm::kernels
