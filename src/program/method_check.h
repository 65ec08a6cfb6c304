#pragma once

#include <string>

#include "program/program_file.h"
#include "program/work_budget.h"

namespace etllm::program {

/// What is wrong with a method, as the end of a sentence; empty when nothing
/// is. The program's own tables have been checked.
std::string find_method_defect(const ProgramFile& file,
                               const executorch_flatbuffer::ExecutionPlan& plan,
                               WorkBudget& budget);

}  // namespace etllm::program
