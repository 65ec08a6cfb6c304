#pragma once

// Good calls of the operators of imported programs, for tests to spoil.

#include <functional>
#include <string>
#include <vector>

#include "operators/golden_cases.h"

namespace etllm::operators {

struct DecoderCase {
  std::string op;    ///< With its overload.
  std::string name;  ///< What tells it from others of the operator.
  std::function<OperatorCall()> call;
  /// Arguments that the call changes.
  std::vector<std::size_t> changed;
  /// Arguments that may be None.
  std::vector<std::size_t> optional;
};

/// Cases of the operators that work on rows.
std::vector<DecoderCase> decoder_cases();

/// f32 of these sizes, with ones.
TestTensor ones(std::vector<SizesType> sizes);

/// A tensor of i64.
TestTensor longs(std::vector<SizesType> sizes,
                 std::vector<std::int64_t> values);

/// The bytes of a matrix of f32 (format 0), all zeros, `count` times.
TestTensor weight(std::size_t rows, std::size_t cols, std::size_t count = 1);

}  // namespace etllm::operators
