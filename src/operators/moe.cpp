#include <optional>

#include "kernels/moe/expert_mlp.h"
#include "operators/arguments.h"

namespace etllm::operators {
namespace {

using kernels::ExpertMatrices;
using kernels::WeightMatrix;

/// The matrices of the experts as a call names them.
struct ExpertBytes {
  WeightBytes router;
  std::int64_t router_format = 0;
  WeightBytes gate, up, down;
  std::int64_t gate_format = 0, up_format = 0, down_format = 0;
};

ExpertBytes read_weights(Arguments& in) {
  ExpertBytes bytes;
  bytes.router = in.weight();
  bytes.router_format = in.integer();
  bytes.gate = in.weight();
  bytes.up = in.weight();
  bytes.down = in.weight();
  bytes.gate_format = in.integer();
  bytes.up_format = in.integer();
  bytes.down_format = in.integer();
  return bytes;
}

std::optional<kernels::ExpertMlp> view(const ExpertBytes& bytes,
                                       std::size_t experts, std::size_t dim,
                                       std::size_t hidden) {
  const auto router =
      WeightMatrix::view(bytes.router, bytes.router_format, experts, dim);
  const auto gate = ExpertMatrices::view(bytes.gate, bytes.gate_format,
                                         {experts, hidden, dim});
  const auto up =
      ExpertMatrices::view(bytes.up, bytes.up_format, {experts, hidden, dim});
  const auto down = ExpertMatrices::view(bytes.down, bytes.down_format,
                                         {experts, dim, hidden});
  if (!router || !gate || !up || !down) return std::nullopt;
  return kernels::ExpertMlp{*router, *gate, *up, *down, {}, {}};
}

/// The rule with `active` of `experts`; false when the call names none.
bool read_rule(Arguments& in, kernels::ExpertRule& rule) {
  const std::int64_t scoring = in.integer();
  rule.normalise = in.boolean();
  rule.scale = in.number();
  rule.scoring = static_cast<kernels::ExpertScoring>(scoring);
  return scoring == 0 || scoring == 1;
}

}  // namespace

void moe_mlp(KernelRuntimeContext& context, Span<EValue*> args) {
  Arguments in(context, args);
  const Rows x = in.rows();
  const ExpertBytes bytes = read_weights(in);
  const std::size_t experts = in.size();
  kernels::ExpertRule rule{};
  rule.active = in.size();
  const std::size_t hidden = in.size();
  const kernels::ActivationFunction function = in.activation();
  const bool has_rule = read_rule(in, rule);
  const Rows residual = in.rows();
  Rows out = in.output();
  const bool fits = has_rule && rule.active <= experts &&
                    residual.tokens == x.tokens && residual.width == x.width &&
                    out.width == x.width;
  if (!in.finish(fits)) return;
  auto mlp = view(bytes, experts, x.width, hidden);
  if (!in.finish(mlp && in.resize(out, x.tokens))) return;
  mlp->function = function;
  mlp->rule = rule;
  if (!kernels::mix_experts(x.data, x.tokens, *mlp, residual.data, out.data)) {
    context.fail(executorch::runtime::Error::MemoryAllocationFailed);
  }
}

}  // namespace etllm::operators
