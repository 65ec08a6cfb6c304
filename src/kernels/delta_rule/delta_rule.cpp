#include "kernels/delta_rule/delta_rule.h"

#include <algorithm>

#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"

namespace etllm::kernels {
namespace {

// Columns of a task: with 128 rows of a state, half of a first-level cache.
constexpr std::size_t kColumnsPerTask = 64;

}  // namespace

void delta_rule(const DeltaRuleShape& shape, const DeltaRuleInputs& inputs,
                float* state, float* out) {
  const KernelSet& kernels = active_kernels();
  const std::size_t group = shape.heads / shape.state_heads;
  const std::size_t parts =
      (shape.value_size + kColumnsPerTask - 1) / kColumnsPerTask;
  const std::size_t decays_per_token =
      shape.has_channel_decay ? shape.key_size : 1;
  const auto run_part = [&](std::size_t index) {
    const std::size_t first = index % parts * kColumnsPerTask;
    // Batch and state head together: both number the states.
    const std::size_t s = index / parts;
    const std::size_t rows = s * shape.tokens;
    kernels.delta_rule({
        .queries = inputs.queries + rows * group * shape.key_size,
        .keys = inputs.keys + rows * shape.key_size,
        .values = inputs.values + rows * shape.value_size,
        .decays = inputs.decays + rows * decays_per_token,
        .has_channel_decay = shape.has_channel_decay,
        .betas = inputs.betas + rows,
        .state = state + s * shape.key_size * shape.value_size,
        .out = out + rows * group * shape.value_size,
        .tokens = shape.tokens,
        .heads = group,
        .key_size = shape.key_size,
        .value_size = shape.value_size,
        .first_column = first,
        .columns = std::min(kColumnsPerTask, shape.value_size - first),
    });
  };
  parallel_for(shape.batch * shape.state_heads * parts, 1,
               [&](std::size_t begin, std::size_t end) {
                 for (std::size_t i = begin; i < end; ++i) run_part(i);
               });
}

}  // namespace etllm::kernels
