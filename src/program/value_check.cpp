#include "program/value_check.h"

#include "program/tensor_check.h"

namespace etllm::program {
namespace {

namespace fb = executorch_flatbuffer;

std::string find_int_list_defect(
    const MethodView& method, const flatbuffers::Vector<std::int64_t>* items) {
  if (items == nullptr) return "has a list that is missing";
  for (const std::int64_t index : *items) {
    if (!method.has_value(index)) return "has a list of missing numbers";
  }
  return {};
}

/// The runtime makes the values in order and looks into those that a list of
/// tensors names, so they come before it.
std::string find_tensor_list_defect(
    const MethodView& method, const flatbuffers::Vector<std::int32_t>* items,
    std::uint32_t list_index, KindSet accepted) {
  if (items == nullptr) return "has a list that is missing";
  const bool may_lack = (accepted & kNullKind) != 0;
  for (const std::int32_t index : *items) {
    if (may_lack && index == -1) continue;
    if (index < 0 || static_cast<std::uint32_t>(index) >= list_index) {
      return "has a list of missing tensors";
    }
    if (!are_all(kind_of(method.value(index)), accepted)) {
      return "has a list of something that is no tensor";
    }
  }
  return {};
}

std::size_t list_size(const fb::EValue& value) {
  switch (value.val_type()) {
    case fb::KernelTypes::IntList:
      return size_of(value.val_as_IntList()->items());
    case fb::KernelTypes::TensorList:
      return size_of(value.val_as_TensorList()->items());
    case fb::KernelTypes::OptionalTensorList:
      return size_of(value.val_as_OptionalTensorList()->items());
    default:
      return 0;
  }
}

std::string find_defect(const MethodView& method, std::uint32_t index) {
  const fb::EValue& value = method.value(index);
  switch (value.val_type()) {
    case fb::KernelTypes::Tensor:
      return find_tensor_defect(method, *value.val_as_Tensor());
    case fb::KernelTypes::String:
      return value.val_as_String()->string_val() != nullptr
                 ? ""
                 : "has a text that is missing";
    case fb::KernelTypes::IntList:
      return find_int_list_defect(method, value.val_as_IntList()->items());
    case fb::KernelTypes::DoubleList:
      return value.val_as_DoubleList()->items() != nullptr
                 ? ""
                 : "has a list that is missing";
    case fb::KernelTypes::BoolList:
      return value.val_as_BoolList()->items() != nullptr
                 ? ""
                 : "has a list that is missing";
    case fb::KernelTypes::TensorList:
      return find_tensor_list_defect(method, value.val_as_TensorList()->items(),
                                     index, kTensorKind);
    case fb::KernelTypes::OptionalTensorList:
      return find_tensor_list_defect(method,
                                     value.val_as_OptionalTensorList()->items(),
                                     index, kTensorKind | kNullKind);
    default:
      return kind_of(value) != 0 ? "" : "has a value of unknown kind";
  }
}

}  // namespace

KindSet kind_of(const fb::EValue& value) {
  switch (value.val_type()) {
    case fb::KernelTypes::Null:
      return kNullKind;
    case fb::KernelTypes::Int:
      return kIntKind;
    case fb::KernelTypes::Double:
      return kDoubleKind;
    case fb::KernelTypes::Bool:
      return kBoolKind;
    case fb::KernelTypes::Tensor:
      return kTensorKind;
    case fb::KernelTypes::String:
      return kStringKind;
    case fb::KernelTypes::IntList:
      return kIntListKind;
    case fb::KernelTypes::DoubleList:
      return kDoubleListKind;
    case fb::KernelTypes::BoolList:
      return kBoolListKind;
    case fb::KernelTypes::TensorList:
      return kTensorListKind;
    case fb::KernelTypes::OptionalTensorList:
      return kOptionalTensorListKind;
    default:
      return 0;
  }
}

std::string find_value_defect(const MethodView& method, WorkBudget& budget) {
  for (std::uint32_t index = 0; index < method.value_count(); ++index) {
    const fb::EValue* value = method.plan.values()->Get(index);
    if (value == nullptr) return "has a value that is missing";
    const bool is_null = value->val_type() == fb::KernelTypes::Null;
    if (value->val() == nullptr && !is_null) return "has an empty value";
    if (!budget.spend(1 + list_size(*value))) return "is too large";
    std::string defect = find_defect(method, index);
    if (!defect.empty()) return defect;
  }
  return {};
}

}  // namespace etllm::program
