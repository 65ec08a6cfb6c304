#pragma once

// The commands of `etllm`. Each prints its answer to stdout and everything
// else to stderr, and returns the exit code of the process.

#include "cli/interrupt.h"
#include "cli/options.h"

namespace etllm::cli {

int run_command(const RunOptions& options, InterruptWatcher& interrupts);
int import_command(const ImportCommandOptions& options,
                   InterruptWatcher& interrupts);
int inspect_command(const InspectOptions& options);
int tokenize_command(const TokenizeOptions& options);
int bench_command(const BenchOptions& options);
int perplexity_command(const PerplexityOptions& options);

}  // namespace etllm::cli
