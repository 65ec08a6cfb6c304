#pragma once

// The operators of stock programs, as the runtime calls them: the arguments of
// the schemas in docs/operators.md, then the returned values. A call that
// contradicts the operator's contract fails with Error::InvalidArgument and
// touches nothing.

#include "operators/operators.h"

namespace etllm::operators::llama {

void sdpa_with_kv_cache(KernelRuntimeContext& context, Span<EValue*> args);
void custom_sdpa(KernelRuntimeContext& context, Span<EValue*> args);
void custom_quantized_sdpa(KernelRuntimeContext& context, Span<EValue*> args);
void update_cache(KernelRuntimeContext& context, Span<EValue*> args);
void update_cache_with_indices(KernelRuntimeContext& context,
                               Span<EValue*> args);
void fast_hadamard_transform(KernelRuntimeContext& context, Span<EValue*> args);
void fallback(KernelRuntimeContext& context, Span<EValue*> args);
void quantized_moe_ffn(KernelRuntimeContext& context, Span<EValue*> args);
void gated_delta_rule(KernelRuntimeContext& context, Span<EValue*> args);
void tile_crop(KernelRuntimeContext& context, Span<EValue*> args);

}  // namespace etllm::operators::llama
