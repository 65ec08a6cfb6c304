#pragma once

namespace etllm::operators {

/// Registers the `etllm::` operators (docs/operators.md) with the ExecuTorch
/// runtime, once per process. Thread-safe. Call before a program is loaded;
/// a runtime whose table of operators is full ends the process, as the SDK
/// does for every registration.
void register_operators();

}  // namespace etllm::operators
