#pragma once

// What the instructions of a method do with its values, as plain numbers, and
// two rules about it: nothing writes to what must not change, and nothing uses
// a value before it has one. Knows nothing about files.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "program/work_budget.h"

namespace etllm::program {

inline constexpr std::uint32_t kNone =
    std::numeric_limits<std::uint32_t>::max();

/// Properties of a value before the method runs.
struct ValueFacts {
  bool is_input = false;
  /// Lies in the mapped file, or in memory that may be smaller than the bound
  /// of the tensor.
  bool is_read_only = false;
  /// Has no memory, or no value of its kind, until an instruction gives it one.
  bool is_empty = false;
};

enum class Access : std::uint8_t {
  kRead,
  kWrite,
  kAssign,  ///< Becomes the same as `source`.
  kView,    ///< Becomes a view of the memory of `source`.
};

struct Effect {
  std::uint32_t value = 0;
  Access access = Access::kRead;
  std::uint32_t source = kNone;  ///< Only for kAssign, and then optional.
};

/// An instruction: its effects are those up to `effects_end`, behind those of
/// the instruction before it.
struct Step {
  std::uint32_t effects_end = 0;
  std::uint32_t jump = kNone;  ///< Where else it may go on.
};

struct MethodFlow {
  std::vector<ValueFacts> values;
  std::vector<Effect> effects;
  std::vector<Step> steps;
  std::vector<std::uint32_t> outputs;
};

/// What breaks the two rules, as the end of a sentence; empty when nothing
/// does. Every index in `flow` exists, and jumps lead at most to the end.
std::string find_flow_defect(const MethodFlow& flow, WorkBudget& budget);

}  // namespace etllm::program
