#pragma once

// Small helpers for programs around a runner: time, memory, text and tensors.

#include <executorch/extension/llm/runner/constants.h>
#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>
#include <executorch/runtime/core/result.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace executorch {
namespace extension {
namespace llm {

/// Prints `piece` to standard output, leaving out a lone control character.
/// nullptr prints nothing. For programs; the library never calls it.
void safe_printf(const char* piece);

/// Milliseconds of a steady clock; only differences mean something.
long time_in_ms();

/// Memory of this process that is in RAM now, in bytes; 0 when the system does
/// not tell.
size_t get_rss_bytes();

/// Length of the longest prefix of `text` that does not end inside a UTF-8
/// character. Bytes that cannot begin a character count as complete.
size_t utf8_complete_prefix_len(const std::string& text);

/// Length of the prefix of `text` that can be delivered while looking for
/// `stops`: up to the first stop string when there is one (`stop_hit` is
/// true), else everything but the bytes that could still become one, never
/// inside a UTF-8 character.
size_t stop_safe_prefix_len(const std::string& text,
                            const std::vector<std::string>& stops,
                            bool& stop_hit);

/// The second input of a decoder method: a view of `start_pos` when the method
/// takes one position, else `cache_positions` filled with the positions of
/// `seq_len` tokens. The result refers to the arguments' memory.
runtime::Result<TensorPtr> populate_start_pos_or_cache_position(
    Module* module, int64_t& start_pos, std::vector<int64_t>& cache_positions,
    int seq_len, const char* method_name = kForwardMethod);

/// A copy of a float tensor in bfloat16; InvalidArgument for other types.
runtime::Result<TensorPtr> convert_to_bfloat16(const TensorPtr& source);

}  // namespace llm
}  // namespace extension
}  // namespace executorch
