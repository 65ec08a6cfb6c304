#pragma once

namespace etllm::operators {

/// Registers the operators of docs/operators.md with the ExecuTorch runtime,
/// but for those that somebody else has registered under the same name: the
/// first one stays. Linking this layer does it before main() begins
/// (register_at_start.cpp); a further call changes nothing. Thread-safe. A
/// runtime whose table of operators is full ends the process, as the SDK does
/// for every registration.
void register_operators();

}  // namespace etllm::operators
