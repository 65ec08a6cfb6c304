// Operators that look at each row of the activations by itself.

#include <algorithm>

#include "kernels/elementwise/rms_norm.h"
#include "operators/arguments.h"

namespace etllm::operators {

void rms_norm(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  const auto weight = in.floats();
  const float epsilon = in.number();
  Rows out = in.output();
  const bool fits = weight.size() == x.width && out.width == x.width;
  if (!in.finish(fits) || !in.finish(in.resize(out, x.tokens))) return;
  kernels::rms_norm(x.data, x.tokens, x.width, weight.data(), epsilon,
                    out.data);
}

void last_position(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  Rows out = in.output();
  if (!in.finish(out.width == x.width) || !in.finish(in.resize(out, 1))) return;
  std::copy_n(x.data + (x.tokens - 1) * x.width, x.width, out.data);
}

}  // namespace etllm::operators
