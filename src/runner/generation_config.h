#pragma once

// The public configuration in the terms of the layers below.

#include <executorch/extension/llm/runner/irunner.h>

#include "base/status.h"
#include "engine/generation_loop.h"
#include "engine/token_budget.h"
#include "sampling/sampling_params.h"

namespace etllm::runner {

/// `temperature_override` replaces the configured temperature from 0 on.
sampling::SamplingParams sampling_params(
    const executorch::extension::llm::GenerationConfig& config,
    float temperature_override);

engine::TokenLimits token_limits(
    const executorch::extension::llm::GenerationConfig& config);

/// kInvalidArgument or kNotSupported with a sentence that names the value.
Status validate(const executorch::extension::llm::GenerationConfig& config,
                float temperature_override);

executorch::extension::llm::FinishReason finish_reason(engine::EndReason end);

/// The kinds of failure as the public API names them.
executorch::runtime::Error to_error(StatusCode code);

}  // namespace etllm::runner
