#pragma once

// What an instruction set has to implement, and the plain data that crosses
// that border. The files of an instruction set are compiled with flags of
// their own, so nothing here may be an inline function or a template of the
// standard library: the linker could keep the copy that older machines cannot
// run.

#include <cstddef>
#include <cstdint>

#include "kernels/dispatch/stock_tasks.h"
#include "kernels/dispatch/tile_kernels.h"
#include "kernels/formats/activation_function.h"

namespace etllm::kernels {

/// Successive blocks of sixteen rows of a weight matrix; see
/// formats/weight_format.h.
struct BlockRange {
  const unsigned char* data;  ///< The first block.
  std::size_t count;          ///< Blocks.
  std::size_t block_bytes;
  std::int32_t format;
  std::size_t cols;
  std::size_t minimums_offset;
  std::size_t quants_offset;
};

/// Where a product goes: row r of token t is
/// `out[t * stride + r] = base[t * stride + r] + ...`, without a base where
/// that is null. Whole blocks are written.
struct ProductTarget {
  float* out;
  const float* base;
  std::size_t stride;
};

/// 32 columns of T tokens in 8 bits: `x = values * scales`. A tile of T tokens
/// has one of these for each of the G groups of columns, then room for G more
/// that hold what the rounding left of groups with outliers, then the numbers
/// of those groups, room for G, and how many there are. One token in 16 bits is
/// a pair for each group: the values rounded to 8 bits, and what that leaves.
template <int T>
struct ActivationGroup {
  std::int8_t values[8][T][4];
  float scales[T];
  float scaled_sums[T];  ///< Sum of the values, times the scale.
  /// -8 times the sum of all values, of the first and of the last sixteen:
  /// what the zero point of the weights adds to the integer product.
  std::int32_t offsets[3][T];
};

/// Bytes of a tile for each token and group, and for the tile's last number.
inline constexpr std::size_t kActivationGroupBytes =
    2 * sizeof(ActivationGroup<1>) + sizeof(std::uint32_t);
inline constexpr std::size_t kActivationEndBytes = sizeof(std::uint32_t);

/// Rows to write, or to work on in place.
struct RowRange {
  float* data;
  std::size_t stride;  ///< Floats from row to row.
  std::size_t count;
  std::size_t width;
};

/// Rows of a gate and of what it lets through.
struct GatedRows {
  const float* gate;
  const float* up;
  std::size_t stride;  ///< From row to row, of both.
  ActivationFunction function;
  const float* gate_bias;  ///< One for each column; null where there is none.
  const float* up_bias;
};

/// Of a layer norm; the bias may be null.
struct NormWeights {
  const float* weight;
  const float* bias;
};

/// What rotary position embedding rotates.
struct RopeShape {
  std::size_t heads;  ///< Query and key heads of a token.
  std::size_t head_size;
  std::size_t pairs;
  bool interleaved;  ///< Pairs are (2i, 2i+1); else (i, i + pairs).
};

/// Positions whose keys lie side by side in an interleaved cache.
inline constexpr std::size_t kPositionsPerBlock = 16;

/// What a cache holds. Bytes are signed, and have a scale for each position.
enum class CacheType : std::uint8_t { kFloat, kHalf, kBytes };

/// Keys and values of one KV head. Values are rows of `head_size`; keys are
/// interleaved, [position / 16][head_size][position % 16], in whole blocks. A
/// cache that positions go beyond is a ring, and a multiple of
/// `kSpanPositions`: position p is at p modulo `positions`.
struct AttentionCache {
  const void* keys;
  const void* values;
  CacheType type;
  const float* key_scales;  ///< [positions]; null unless there are bytes.
  const float* value_scales;
  std::size_t head_size;
  std::size_t positions;  ///< That the cache has room for.
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
  std::size_t window;  ///< Positions that a query sees; 0 is all up to its own.
  float soft_cap;      ///< Scores become cap * tanh(score / cap); 0: as is.
};

/// What the positions of a span gave, for each query row: the weighted sum of
/// the values (head size padded to 16), the largest score, which the weights
/// are relative to, and the total of the weights.
struct SpanResult {
  float* sums;
  float* largest;
  float* totals;
};

/// The kernels of one instruction set. Each works on the calling thread only;
/// the drivers beside the folders' headers cut the work.
struct KernelSet {
  const char* name;
  /// Whether products with quantized weights run on 8-bit activations.
  bool quantizes_activations;

  /// Tokens of a full tile; the rest are tiles of 4, 2 and 1 tokens.
  std::size_t tile_tokens;

  /// `x` is [tokens][cols]; `tile` has room for each token's groups, and for
  /// its end.
  void (*quantize_tile)(const float* x, std::size_t cols, std::size_t tokens,
                        unsigned char* tile);
  void (*multiply_quantized)(const BlockRange& blocks,
                             const unsigned char* tile, std::size_t tokens,
                             const ProductTarget& target);
  /// The same for one token in 16 bits.
  void (*quantize_16_bits)(const float* x, std::size_t cols,
                           unsigned char* tile);
  void (*multiply_16_bits)(const BlockRange& blocks, const unsigned char* tile,
                           const ProductTarget& target);
  /// The same on f32 activations, [tokens][cols], for every format and any
  /// number of tokens.
  void (*multiply_float)(const BlockRange& blocks, const float* x,
                         std::size_t tokens, const ProductTarget& target);

  void (*rms_norm)(const float* x, const float* weight, std::size_t size,
                   float epsilon, float* out);
  void (*layer_norm)(const float* x, const NormWeights& weights,
                     std::size_t size, float epsilon, float* out);
  /// `out = a + b`.
  void (*add_rows)(const float* a, const float* b, std::size_t size,
                   float* out);
  /// `out += x * factor`.
  void (*add_scaled)(const float* x, float factor, std::size_t size,
                     float* out);
  void (*scale_row)(float* x, std::size_t size, float factor);
  /// `x = cap * tanh(x / cap)`.
  void (*cap_row)(float* x, std::size_t size, float cap);
  /// Rotates the heads of one token in place; `table` holds the cosines of all
  /// pairs, then the sines.
  void (*rotate)(float* x, const float* table, const RopeShape& shape);
  /// `x = function(x + bias)`; the bias, one for each column, may be null.
  void (*finish_rows)(const RowRange& rows, const float* bias,
                      ActivationFunction function);
  /// `out = function(gate + gate_bias) * (up + up_bias)`.
  void (*multiply_gated_rows)(const GatedRows& in, const RowRange& out);
  void (*convert_to_half)(const float* x, std::size_t size, std::uint16_t* out);
  /// `x = scale * out`, rounded; the largest value becomes +-127. Returns the
  /// scale.
  float (*convert_to_bytes)(const float* x, std::size_t size, std::int8_t* out);

  /// Attention of `queries`; `scratch` holds `attention_scratch_floats`.
  void (*attend_many)(const AttentionCache& cache,
                      const AttentionQueries& queries, float* scratch);
  /// The part of it that the positions `first .. first + count` of one span
  /// have; `queries.out` is not used.
  void (*attend_span)(const AttentionCache& cache,
                      const AttentionQueries& queries, std::size_t first,
                      std::size_t count, float* scratch,
                      const SpanResult& result);
  /// The output of one row from the spans that it sees, in order, as
  /// `attend_many` merges them; the next span's row is `rows_apart` rows
  /// further. Changes `first`.
  void (*merge_spans)(const SpanResult& first, std::size_t spans,
                      std::size_t rows_apart, std::size_t head_size,
                      float* out);

  /// `scratch` holds `sdpa_scratch_floats`.
  void (*sdpa)(const SdpaTask& task, float* scratch);
  void (*delta_rule)(const DeltaRuleTask& task);
  /// In place, `parts` (1 or 28) times `size` (a power of two) elements.
  void (*hadamard)(float* row, std::size_t parts, std::size_t size);
  void (*hadamard_double)(double* row, std::size_t parts, std::size_t size);
  /// `x` is [tokens][columns]; eight results for each token, `stride` apart.
  void (*multiply_panel)(const WeightPanel& panel, const float* x,
                         std::size_t tokens, float* out, std::size_t stride);

  /// `weights = e^((logits - largest) * scale)`, 0 below 5e-38 and below
  /// `floor`; their sum. No logit is above `largest`, which is finite; `scale`
  /// is positive.
  double (*softmax_weights)(const float* logits, std::size_t size,
                            float largest, float scale, float floor,
                            float* weights);
  /// The largest logit of each block of `kLogitsBlock`, and unless `masses` is
  /// null the block's sum of `e^((logits - maximum) * scale)`, which means
  /// nothing where the maximum is infinite. True when there is a NaN: nothing
  /// else means anything then.
  bool (*summarize_blocks)(const float* logits, std::size_t size, float scale,
                           float* maxima, float* masses);
  /// Writes the indices of the values that reach `threshold` in ascending
  /// order, and returns how many there are. `indices` has room for all.
  std::size_t (*find_at_least)(const float* values, std::size_t size,
                               float threshold, std::int32_t* indices);

  /// `multiply_float` for weights of bf16 and activations that are rounded to
  /// it; null where that is not faster.
  void (*multiply_bf16)(const BlockRange& blocks, const float* x,
                        std::size_t tokens,
                        const ProductTarget& target) = nullptr;
  /// Null where the processor has no unit for products of matrices.
  const TileKernels* tiles = nullptr;
};

/// Keys that attention takes at a time.
inline constexpr std::size_t kAttentionKeys = 64;
/// Logits that the sampler summarizes together.
inline constexpr std::size_t kLogitsBlock = 512;
/// Positions of a span, a multiple of the former.
inline constexpr std::size_t kSpanPositions = 256;

/// What the build has. Those of another architecture return null.
const KernelSet* portable_kernels();
const KernelSet* avx2_kernels();
const KernelSet* avx_vnni_kernels();
const KernelSet* avx512_kernels();
const KernelSet* avx512_bf16_kernels();
const KernelSet* amx_kernels();
const KernelSet* neon_dotprod_kernels();
const KernelSet* neon_i8mm_kernels();

}  // namespace etllm::kernels
