#include "kernels/dispatch/select.h"
#include "kernels/linear/weight_matrix.h"
#include "kernels/threading/parallel.h"
#include "kernels/threading/scratch.h"
#include "operators/arguments.h"

namespace etllm::operators {
namespace {

constexpr std::size_t kTokenGrain = 16;

}  // namespace

void embedding(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const auto tokens = in.longs();
  const WeightBytes bytes = in.weight();
  const std::int64_t format = in.integer();
  const std::size_t vocab = in.size();
  Rows out = in.output();
  if (!in.finish()) return;
  const auto weight =
      kernels::WeightMatrix::view(bytes, format, vocab, out.width);
  if (!in.finish(weight.has_value())) return;
  for (const std::int64_t token : tokens) {
    if (!in.finish(token >= 0 && static_cast<std::size_t>(token) < vocab)) {
      return;
    }
  }
  if (!in.finish(in.resize(out, tokens.size()))) return;
  kernels::parallel_for(
      tokens.size(), kTokenGrain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t t = begin; t < end; ++t) {
          weight->read_row(static_cast<std::size_t>(tokens[t]),
                           out.data + t * out.width);
        }
      });
}

void position_embedding(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const std::size_t start = in.position();
  const Rows x = in.rows();
  const WeightBytes bytes = in.weight();
  const std::int64_t format = in.integer();
  const std::size_t positions = in.size();
  if (!in.finish()) return;
  const auto weight =
      kernels::WeightMatrix::view(bytes, format, positions, x.width);
  const bool fits = weight.has_value() && x.tokens <= positions &&
                    start <= positions - x.tokens;
  if (!in.finish(fits)) return;
  kernels::parallel_for(
      x.tokens, kTokenGrain, [&](std::size_t begin, std::size_t end) {
        auto* row = reinterpret_cast<float*>(
            kernels::task_scratch(x.width * sizeof(float)));
        for (std::size_t t = begin; t < end; ++t) {
          weight->read_row(start + t, row);
          float* sum = x.data + t * x.width;
          kernels::active_kernels().add_rows(sum, row, x.width, sum);
        }
      });
}

}  // namespace etllm::operators
