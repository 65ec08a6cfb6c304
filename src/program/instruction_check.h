#pragma once

#include <string>
#include <vector>

#include "program/method_view.h"
#include "program/operator_signatures.h"
#include "program/work_budget.h"

namespace etllm::program {

/// What is wrong with the instructions of a method, as the end of a sentence;
/// empty when nothing is: they name values and operators that exist, give
/// operators the kinds of values that they take, write only to what may change
/// and use nothing before it has memory. The values have been checked;
/// `operators` has an entry for each of the method's operators, null where
/// nothing is known.
std::string find_instruction_defect(
    const MethodView& method,
    const std::vector<const OperatorSignature*>& operators, WorkBudget& budget);

}  // namespace etllm::program
