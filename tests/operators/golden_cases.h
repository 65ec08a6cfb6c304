#pragma once

// The cases of golden/make_llama_op_goldens.py.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "operators/operator_call.h"

namespace etllm::operators {

struct GoldenCase {
  std::string name;
  std::string op;  ///< With its overload.
  nlohmann::json arguments;
  /// What the wheel answered, and what it left in the arguments it changes.
  std::vector<TestTensor> outputs;
  std::vector<std::pair<std::size_t, TestTensor>> mutated;
  double tolerance = 0;

  /// The call with outputs of zeros, which have room for more than the answer.
  OperatorCall call() const;
};

/// All cases, read once.
const std::vector<GoldenCase>& golden_cases();

/// The elements of a tensor as numbers.
std::vector<double> numbers(const executorch::aten::Tensor& tensor);
std::vector<double> numbers(const TestTensor& tensor);

/// Zeros.
TestTensor empty_tensor(std::vector<SizesType> sizes, ScalarType type);

}  // namespace etllm::operators
