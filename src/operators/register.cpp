#include "operators/register.h"

#include <executorch/runtime/kernel/operator_registry.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <string_view>

#include "operators/llama/operators.h"
#include "operators/operators.h"

namespace etllm::operators {
namespace {

using executorch::runtime::Kernel;

constexpr std::array kOperators = {
    Kernel("etllm::embedding.out", embedding),
    Kernel("etllm::position_embedding.out", position_embedding),
    Kernel("etllm::rms_norm.out", rms_norm),
    Kernel("etllm::layer_norm.out", layer_norm),
    Kernel("etllm::head_norm.out", head_norm),
    Kernel("etllm::linear.out", linear),
    Kernel("etllm::projection.out", projection),
    Kernel("etllm::linear_add.out", linear_add),
    Kernel("etllm::qkv_linear.out", qkv_linear),
    Kernel("etllm::gated_mlp.out", gated_mlp),
    Kernel("etllm::moe_mlp.out", moe_mlp),
    Kernel("etllm::add.out", add),
    Kernel("etllm::scale.out", scale),
    Kernel("etllm::soft_cap.out", soft_cap),
    Kernel("etllm::rope_table.out", rope_table),
    Kernel("etllm::rope_table_switched.out", rope_table_switched),
    Kernel("etllm::rope.out", rope),
    Kernel("etllm::update_cache.out", update_cache),
    Kernel("etllm::attention.out", attention),
    Kernel("etllm::last_position.out", last_position),
    Kernel("llama::sdpa_with_kv_cache.out", llama::sdpa_with_kv_cache),
    Kernel("llama::custom_sdpa.out", llama::custom_sdpa),
    Kernel("llama::custom_quantized_sdpa.out", llama::custom_quantized_sdpa),
    Kernel("llama::update_cache.out", llama::update_cache),
    Kernel("llama::update_cache_with_indices.out",
           llama::update_cache_with_indices),
    Kernel("llama::fast_hadamard_transform.out",
           llama::fast_hadamard_transform),
    Kernel("llama::fallback.out", llama::fallback),
    Kernel("llama::quantized_moe_ffn.out", llama::quantized_moe_ffn),
    Kernel("llama::gated_delta_rule.out", llama::gated_delta_rule),
    Kernel("llama::channelwise_gated_delta_rule.out", llama::gated_delta_rule),
    Kernel("preprocess::tile_crop.out", llama::tile_crop),
};

/// Whether there is a kernel of this name for every type of arguments. The
/// runtime's own question would log an error for each that is missing.
bool is_registered(std::string_view name) {
  const auto kernels = executorch::runtime::get_registered_kernels();
  return std::any_of(kernels.begin(), kernels.end(), [&](const Kernel& kernel) {
    return kernel.name_ == name && kernel.kernel_key_.is_fallback();
  });
}

}  // namespace

void register_operators() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (const Kernel& kernel : kOperators) {
      if (is_registered(kernel.name_)) continue;
      // It returns nothing but success: failures end the process.
      static_cast<void>(executorch::runtime::register_kernel(kernel));
    }
  });
}

}  // namespace etllm::operators
