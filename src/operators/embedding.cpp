#include "kernels/linear/weight_matrix.h"
#include "kernels/threading/parallel.h"
#include "operators/arguments.h"

namespace etllm::operators {

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
  constexpr std::size_t kTokenGrain = 16;
  kernels::parallel_for(
      tokens.size(), kTokenGrain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t t = begin; t < end; ++t) {
          weight->read_row(static_cast<std::size_t>(tokens[t]),
                           out.data + t * out.width);
        }
      });
}

}  // namespace etllm::operators
