#pragma once

// What an instruction set has to implement, and the plain data that crosses
// that border. The files of an instruction set are compiled with flags of
// their own, so nothing here may be an inline function or a template of the
// standard library: the linker could keep the copy that older machines cannot
// run.

#include <cstddef>
#include <cstdint>

namespace etllm::kernels {

/// Sixteen rows of a weight matrix; see formats/weight_format.h.
struct BlockView {
  const unsigned char* data;
  std::int32_t format;
  std::size_t cols;
  std::size_t minimums_offset;
  std::size_t quants_offset;
};

/// Activations in 8 bits, a scale for each token and group of 32 columns:
/// `x = values * scales`.
struct QuantizedRows {
  std::int8_t* values;      ///< [tokens][cols]
  float* scales;            ///< [tokens][cols / 32]
  std::int32_t* half_sums;  ///< [tokens][cols / 32][2], sums of 16 values
  float* scaled_sums;       ///< [tokens][cols / 32], sum of the values * scale
  std::size_t cols;
};

/// Keys and values of one KV head, and what attends to them.
struct AttentionCache {
  const void* keys;    ///< [positions][head_size], f16 or f32
  const void* values;  ///< the same
  bool is_half;
  std::size_t head_size;
};

/// Queries that attend to one KV head: `tokens` successive positions, each
/// with `heads` query heads side by side.
struct AttentionQueries {
  const float* queries;
  std::size_t query_stride;  ///< Floats from one token's queries to the next.
  float* out;
  std::size_t out_stride;
  std::size_t tokens;
  std::size_t heads;
  std::size_t start;  ///< Position of the first token.
  float scale;
};

/// The kernels of one instruction set. Each works on the calling thread only;
/// the drivers beside the folders' headers cut the work.
struct KernelSet {
  const char* name;
  /// Whether products with quantized weights run on 8-bit activations.
  bool quantizes_activations;

  void (*quantize_row)(const float* x, const QuantizedRows& rows,
                       std::size_t token);
  /// `out` is [tokens][16]; the tokens are `first .. first + tokens - 1`.
  void (*multiply_quantized)(const BlockView& block, const QuantizedRows& rows,
                             std::size_t first, std::size_t tokens, float* out);
  /// The same on f32 activations, `stride` floats apart, for every format.
  void (*multiply_float)(const BlockView& block, const float* x,
                         std::size_t stride, std::size_t tokens, float* out);

  void (*rms_norm)(const float* x, const float* weight, std::size_t size,
                   float epsilon, float* out);
  /// `out = silu(gate) * up`; `out` may be `gate`.
  void (*silu_multiply)(const float* gate, const float* up, std::size_t size,
                        float* out);
  void (*convert_to_half)(const float* x, std::size_t size, std::uint16_t* out);

  /// One token: reads each key and value once. `scratch` holds
  /// `start + 1` floats.
  void (*attend_one)(const AttentionCache& cache,
                     const AttentionQueries& queries, float* scratch);
  /// Several tokens; `scratch` holds `attention_scratch_floats`.
  void (*attend_many)(const AttentionCache& cache,
                      const AttentionQueries& queries, float* scratch);
};

/// Keys that `attend_many` takes at a time.
inline constexpr std::size_t kAttentionKeys = 64;

/// What the build has. The AVX ones return null on other architectures.
const KernelSet* portable_kernels();
const KernelSet* avx2_kernels();
const KernelSet* avx512_kernels();

}  // namespace etllm::kernels
