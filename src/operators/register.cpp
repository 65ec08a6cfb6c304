#include "operators/register.h"

#include <executorch/runtime/kernel/operator_registry.h>

#include <array>
#include <mutex>

#include "operators/operators.h"

namespace etllm::operators {
namespace {

using executorch::runtime::Kernel;

constexpr std::array kOperators = {
    Kernel("etllm::embedding.out", embedding),
    Kernel("etllm::rms_norm.out", rms_norm),
    Kernel("etllm::linear.out", linear),
    Kernel("etllm::linear_add.out", linear_add),
    Kernel("etllm::qkv_linear.out", qkv_linear),
    Kernel("etllm::gated_mlp.out", gated_mlp),
    Kernel("etllm::rope_table.out", rope_table),
    Kernel("etllm::rope.out", rope),
    Kernel("etllm::update_cache.out", update_cache),
    Kernel("etllm::attention.out", attention),
    Kernel("etllm::last_position.out", last_position),
};

}  // namespace

void register_operators() {
  static std::once_flag once;
  std::call_once(once, [] {
    // It returns nothing but success: failures end the process.
    static_cast<void>(executorch::runtime::register_kernels(
        {kOperators.data(), kOperators.size()}));
  });
}

}  // namespace etllm::operators
