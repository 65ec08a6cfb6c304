#pragma once

#include <string>

#include "program/method_view.h"
#include "program/value_kind.h"
#include "program/work_budget.h"

namespace etllm::program {

/// What is wrong with the values of a method, each for itself, as the end of a
/// sentence; empty when nothing is. Lists name values that exist. The list of
/// values exists, and the program's own tables have been checked.
std::string find_value_defect(const MethodView& method, WorkBudget& budget);

/// The kind that a checked value has when the program is loaded.
KindSet kind_of(const executorch_flatbuffer::EValue& value);

}  // namespace etllm::program
