#include "program/model_validation.h"

#include <limits>
#include <set>
#include <string>

#include "program/scalar_types.h"

namespace etllm::program {
namespace {

// Limits of the runtime: it joins operator and overload in a buffer of 100
// bytes, and its tensors have 16 dimensions.
constexpr std::size_t kMaxOperatorNameLength = 98;
constexpr std::size_t kMaxDimensions = 16;
// A flatbuffer ends at 2 GiB; this is far below it and far above any model.
constexpr std::size_t kMaxEntries = 10'000'000;

Status method_error(const MethodModel& method, const std::string& what) {
  return invalid_argument("method '" + method.name + "' " + what);
}

Status check_data(const ConstantData& data, const std::string& what) {
  if (data.size_bytes > 0 && !data.write) {
    return invalid_argument(what + " has no data");
  }
  return {};
}

Status check_ids(const MethodModel& method, const std::vector<ValueId>& ids,
                 const std::string& where) {
  for (const ValueId id : ids) {
    if (id < 0 || static_cast<std::size_t>(id) >= method.values.size()) {
      return method_error(method, "names value " + std::to_string(id) + " " +
                                      where + ", but has " +
                                      std::to_string(method.values.size()) +
                                      " values");
    }
  }
  return {};
}

Status check_tensor(const ProgramModel& program, const MethodModel& method,
                    const TensorValue& tensor) {
  const std::string title = "has the tensor '" + tensor.spec.name + "' ";
  const ScalarTypeTraits* type =
      find_scalar_type(static_cast<std::int8_t>(tensor.spec.dtype));
  if (type == nullptr || tensor.spec.sizes.size() > kMaxDimensions) {
    return method_error(method,
                        title + "of unknown type or too many " + "dimensions");
  }
  const auto bytes = dense_tensor_bytes(*type, tensor.spec.sizes);
  if (!bytes) {
    return method_error(method, title + "with a negative or too large size");
  }
  if (tensor.role != TensorRole::kConstant) return {};
  if (tensor.spec.is_dynamic) {
    return method_error(method, title + "that is constant and dynamic");
  }
  if (tensor.constant >= program.constants.size()) {
    return method_error(method, title + "of a constant that does not exist");
  }
  const std::uint64_t available = program.constants[tensor.constant].size_bytes;
  if (*bytes > available) {
    return method_error(method, title + "of " + std::to_string(*bytes) +
                                    " bytes on a constant of " +
                                    std::to_string(available));
  }
  return {};
}

Status check_operator(const MethodModel& method, const OperatorName& op) {
  const std::size_t length = op.name.size() + op.overload.size();
  if (op.name.empty() || length > kMaxOperatorNameLength) {
    return method_error(method, "calls the operator '" + op.name + "." +
                                    op.overload +
                                    "', whose name is empty or too long");
  }
  return {};
}

Status check_method(const ProgramModel& program, const MethodModel& method) {
  if (method.values.size() > kMaxEntries || method.calls.size() > kMaxEntries) {
    return method_error(method, "has too many values or instructions");
  }
  for (const MethodValue& value : method.values) {
    const auto* tensor = std::get_if<TensorValue>(&value);
    if (tensor == nullptr) continue;
    Status status = check_tensor(program, method, *tensor);
    if (!status.ok()) return status;
  }
  for (const OperatorName& op : method.operators) {
    Status status = check_operator(method, op);
    if (!status.ok()) return status;
  }
  for (const OperatorCall& call : method.calls) {
    Status status = check_ids(
        method, call.args,
        "in a call of '" + method.operators[call.operator_index].name + "'");
    if (!status.ok()) return status;
  }
  return check_ids(method, method.outputs, "as an output");
}

Status check_methods(const ProgramModel& program) {
  std::set<std::string> names;
  for (const MethodModel& method : program.methods) {
    if (method.name.empty()) return invalid_argument("a method has no name");
    if (!names.insert(method.name).second) {
      return invalid_argument("two methods are named '" + method.name + "'");
    }
    Status status = check_method(program, method);
    if (!status.ok()) return status;
  }
  if (names.empty()) return invalid_argument("the program has no methods");
  return {};
}

}  // namespace

Status validate_model(const ProgramModel& program) {
  Status status = check_methods(program);
  if (!status.ok()) return status;
  for (std::size_t i = 0; i < program.constants.size(); ++i) {
    status = check_data(program.constants[i], "constant " + std::to_string(i));
    if (!status.ok()) return status;
  }
  std::set<std::string> keys;
  for (const NamedBlob& blob : program.named_data) {
    if (blob.key.empty() || !keys.insert(blob.key).second) {
      return invalid_argument("the named data key '" + blob.key +
                              "' is empty or used twice");
    }
    status = check_data(blob.data, "the named data '" + blob.key + "'");
    if (!status.ok()) return status;
  }
  return {};
}

}  // namespace etllm::program
