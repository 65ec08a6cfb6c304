#pragma once

// Which kernels the process uses. At first the best ones that the machine can
// run; a test or a user may ask for others by name.

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "kernels/dispatch/kernel_set.h"

namespace etllm::kernels {

/// Makes the kernels of that name the active ones, for the whole process:
/// one of `kernel_names`. Fails with kNotSupported when the machine lacks the
/// instructions, kInvalidArgument when there is no such name. Not while a model
/// runs.
Status select_kernels(std::string_view name);

/// "auto" (the best that the machine can run), "float" (the reference: f32
/// activations), "portable", and the instruction sets, better ones later.
std::vector<std::string_view> kernel_names();

/// The active kernels. Thread-safe.
const KernelSet& active_kernels();

/// Whether the active kernels multiply so many tokens in tiles: two or more,
/// where there is a unit for that.
bool multiplies_in_tiles(std::size_t tokens);

/// Names that `select_kernels` accepts on this machine, "auto" excepted.
std::vector<std::string_view> available_kernels();

}  // namespace etllm::kernels
