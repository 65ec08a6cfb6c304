#pragma once

// Where the log of ExecuTorch and of the framework goes. The tools stay quiet:
// lines are kept, and shown only with --verbose.

namespace etllm::cli {

/// Routes the runtime's log; `is_verbose` sends it to stderr, otherwise it is
/// dropped: what a user must know is in the sentence of the error itself.
void install_log(bool is_verbose);

}  // namespace etllm::cli
