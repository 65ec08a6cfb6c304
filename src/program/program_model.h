#pragma once

// What a ProgramBuilder has been told, as plain data. The builder fills it, the
// validation, the memory planning and the writer read it.

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "program/program_builder.h"

namespace etllm::program {

/// Where the data of a tensor lives.
enum class TensorRole { kInput, kActivation, kMutableBuffer, kConstant };

struct TensorValue {
  TensorSpec spec;
  TensorRole role = TensorRole::kActivation;
  ConstantId constant = 0;  ///< Only for kConstant.
};

/// A value of a method; monostate is ExecuTorch's null.
using MethodValue =
    std::variant<std::monostate, std::int64_t, double, bool, TensorValue>;

struct OperatorName {
  std::string name;
  std::string overload;

  bool operator==(const OperatorName&) const = default;
};

/// An instruction: an operator of the method and its arguments.
struct OperatorCall {
  std::uint32_t operator_index = 0;
  std::vector<ValueId> args;
};

struct MethodModel {
  std::string name;
  std::vector<MethodValue> values;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<OperatorName> operators;
  std::vector<OperatorCall> calls;
};

struct NamedBlob {
  std::string key;
  ConstantData data;
};

struct ProgramModel {
  std::deque<MethodModel> methods;  ///< References to methods stay valid.
  std::vector<ConstantData> constants;
  std::vector<NamedBlob> named_data;
};

}  // namespace etllm::program
