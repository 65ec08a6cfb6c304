#pragma once

#include "kernels/isa/activation_functions.h"
#include "kernels/isa/attend_many.h"
#include "kernels/isa/delta_rule.h"
#include "kernels/isa/hadamard.h"
#include "kernels/isa/layer_norm.h"
#include "kernels/isa/multiply_float.h"
#include "kernels/isa/multiply_quantized.h"
#include "kernels/isa/row_arithmetic.h"
#include "kernels/isa/sdpa.h"
#include "kernels/isa/vocabulary.h"
#include "kernels/isa/weight_panel.h"

namespace etllm::kernels {

/// All kernels, instantiated for one instruction set.
template <class Isa>
constexpr KernelSet make_kernel_set(const char* name) {
  return {
      .name = name,
      .quantizes_activations = true,
      .tile_tokens = Isa::kTokenTile,
      .quantize_tile = quantize_tile<Isa>,
      .multiply_quantized = multiply_quantized<Isa>,
      .quantize_16_bits = quantize_16_bits<Isa>,
      .multiply_16_bits = multiply_16_bits<Isa>,
      .multiply_float = multiply_float<Isa>,
      .rms_norm = rms_norm<Isa>,
      .layer_norm = layer_norm<Isa>,
      .add_rows = add_rows<Isa>,
      .add_scaled = add_scaled<Isa>,
      .scale_row = scale_row<Isa>,
      .cap_row = cap_row<Isa>,
      .rotate = rotate<Isa>,
      .finish_rows = finish_rows<Isa>,
      .multiply_gated_rows = multiply_gated_rows<Isa>,
      .convert_to_half = convert_to_half<Isa>,
      .convert_to_bytes = convert_to_bytes<Isa>,
      .attend_many = attend_many<Isa>,
      .attend_span = attend_span<Isa>,
      .merge_spans = merge_spans<Isa>,
      .sdpa = sdpa<Isa>,
      .delta_rule = delta_rule<Isa>,
      .hadamard = hadamard<Isa, float>,
      .hadamard_double = hadamard<Isa, double>,
      .multiply_panel = multiply_panel<Isa>,
      .softmax_weights = softmax_weights<Isa>,
      .summarize_blocks = summarize_blocks<Isa>,
      .find_at_least = find_at_least<Isa>,
  };
}

}  // namespace etllm::kernels
