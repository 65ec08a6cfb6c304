// What programs exported by ExecuTorch's tools call is there in a program that
// does nothing but link.

#include <executorch/runtime/backend/interface.h>
#include <executorch/runtime/kernel/operator_registry.h>
#include <gtest/gtest.h>

#include "operators/register.h"

namespace etllm::operators {
namespace {

using executorch::runtime::EValue;
using executorch::runtime::Kernel;
using executorch::runtime::KernelRuntimeContext;
using executorch::runtime::Span;

void users_own(KernelRuntimeContext& context, Span<EValue*> arguments) {}

/// Registers before we do, as a library of somebody else's may.
struct EarlyBird {
  EarlyBird() {
    static_cast<void>(executorch::runtime::register_kernel(
        Kernel("llama::fallback.out", users_own)));
  }
};
[[gnu::init_priority(101)]] const EarlyBird kEarlyBird;

TEST(Registration, LeavesAnOperatorThatSomebodyElseRegisteredFirst) {
  const auto found =
      executorch::runtime::get_op_function_from_registry("llama::fallback.out");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, users_own);
}

TEST(Registration, OnceMoreChangesNothing) {
  const auto count = executorch::runtime::get_registered_kernels().size();
  register_operators();
  register_operators();
  EXPECT_EQ(executorch::runtime::get_registered_kernels().size(), count);
}

TEST(StockPrograms, FindTheirOperators) {
  for (const char* name : {
           // ATen, from the SDK's optimized kernels.
           "aten::linear.out",
           "aten::bmm.out",
           "aten::_softmax.out",
           "aten::embedding.out",
           "aten::index_put.out",
           "aten::gelu.out",
           "aten::native_layer_norm.out",
           "aten::slice_copy.Tensor_out",
           "dim_order_ops::_to_dim_order_copy.out",
           // Its quantized kernels.
           "quantized_decomposed::embedding_byte.out",
           "quantized_decomposed::embedding_4bit.dtype_out",
           "quantized_decomposed::choose_qparams_per_token_asymmetric.out",
           "quantized_decomposed::quantize_per_token.out",
           "quantized_decomposed::dequantize_per_channel.out",
           // Ours.
           "llama::sdpa_with_kv_cache.out",
           "llama::custom_sdpa.out",
           "llama::custom_quantized_sdpa.out",
           "llama::update_cache.out",
           "llama::update_cache_with_indices.out",
           "llama::fast_hadamard_transform.out",
           "llama::fallback.out",
           "llama::quantized_moe_ffn.out",
           "llama::gated_delta_rule.out",
           "llama::channelwise_gated_delta_rule.out",
           "preprocess::tile_crop.out",
       }) {
    EXPECT_TRUE(executorch::runtime::registry_has_op_function(name)) << name;
  }
}

TEST(StockPrograms, FindTheXnnpackBackend) {
  EXPECT_NE(executorch::runtime::get_backend_class("XnnpackBackend"), nullptr);
}

}  // namespace
}  // namespace etllm::operators
