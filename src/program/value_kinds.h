#pragma once

#include <optional>
#include <vector>

#include "program/method_view.h"
#include "program/operator_signatures.h"
#include "program/value_kind.h"
#include "program/work_budget.h"

namespace etllm::program {

/// What the values of a method may be when an instruction uses them. Numbers
/// that the method computes get the kind that their operator gives them, which
/// need not be the one in the file.
struct ValueKinds {
  std::vector<KindSet> kinds;
  /// Whether instructions write the value.
  std::vector<bool> is_computed;
  /// Whether the value in the file is of a kind that it never is when used, so
  /// that it must not be used before it is computed.
  std::vector<bool> is_placeholder;
};

/// nullopt when the budget is used up. Values and instructions have been
/// checked each for itself; `operators` has an entry for each of the method's
/// operators, null where nothing is known.
std::optional<ValueKinds> infer_value_kinds(
    const MethodView& method,
    const std::vector<const OperatorSignature*>& operators, WorkBudget& budget);

}  // namespace etllm::program
