#pragma once

// The conversation on the terminal that `etllm run` opens without a prompt.

#include "cli/interrupt.h"
#include "cli/loaded_model.h"
#include "cli/options.h"

namespace etllm::cli {

/// Asks for lines and answers them until Ctrl-D, /exit or a Ctrl-C that finds
/// no answer to stop; that one ends the process with the exit code of
/// interrupted programs. Returns the exit code otherwise.
int chat_on_terminal(const LoadedModel& model, const RunOptions& options,
                     InterruptWatcher& interrupts);

}  // namespace etllm::cli
