#pragma once

#include "base/status.h"
#include "program/program_model.h"

namespace etllm::program {

/// Whether the program can be written: every value, operator and constant that
/// is referred to exists, names are unique, sizes fit. Fails with
/// kInvalidArgument and a sentence that names the method or the key.
Status validate_model(const ProgramModel& program);

}  // namespace etllm::program
