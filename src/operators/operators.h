#pragma once

// The operators as the runtime calls them: the arguments of docs/operators.md,
// then the returned value. A call that contradicts the operator's contract
// fails with Error::InvalidArgument and touches nothing.

#include <executorch/runtime/core/evalue.h>
#include <executorch/runtime/core/span.h>
#include <executorch/runtime/kernel/kernel_runtime_context.h>

namespace etllm::operators {

using executorch::runtime::EValue;
using executorch::runtime::KernelRuntimeContext;
using executorch::runtime::Span;

void embedding(KernelRuntimeContext& context, Span<EValue*> args);
void position_embedding(KernelRuntimeContext& context, Span<EValue*> args);
void rms_norm(KernelRuntimeContext& context, Span<EValue*> args);
void layer_norm(KernelRuntimeContext& context, Span<EValue*> args);
void head_norm(KernelRuntimeContext& context, Span<EValue*> args);
void linear(KernelRuntimeContext& context, Span<EValue*> args);
void projection(KernelRuntimeContext& context, Span<EValue*> args);
void linear_add(KernelRuntimeContext& context, Span<EValue*> args);
void qkv_linear(KernelRuntimeContext& context, Span<EValue*> args);
void gated_mlp(KernelRuntimeContext& context, Span<EValue*> args);
void moe_mlp(KernelRuntimeContext& context, Span<EValue*> args);
void add(KernelRuntimeContext& context, Span<EValue*> args);
void scale(KernelRuntimeContext& context, Span<EValue*> args);
void soft_cap(KernelRuntimeContext& context, Span<EValue*> args);
void rope_table(KernelRuntimeContext& context, Span<EValue*> args);
void rope_table_switched(KernelRuntimeContext& context, Span<EValue*> args);
void rope(KernelRuntimeContext& context, Span<EValue*> args);
void update_cache(KernelRuntimeContext& context, Span<EValue*> args);
void attention(KernelRuntimeContext& context, Span<EValue*> args);
void last_position(KernelRuntimeContext& context, Span<EValue*> args);

}  // namespace etllm::operators
