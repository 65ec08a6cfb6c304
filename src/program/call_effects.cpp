#include "program/call_effects.h"

#include <algorithm>

#include "program/value_check.h"

namespace etllm::program {
namespace {

namespace fb = executorch_flatbuffer;

std::uint32_t unsigned_index(std::int32_t value) {
  return static_cast<std::uint32_t>(value);
}

}  // namespace

std::string CallEffects::add_call(const Arguments& arguments,
                                  const OperatorSignature* signature) {
  if (signature == nullptr) {
    add_unknown(arguments);
    return {};
  }
  const std::string_view letters = signature->arguments;
  bool is_sound = arguments.size() >= letters.size();
  for (std::uint32_t i = 0; is_sound && i < letters.size(); ++i) {
    is_sound = add_argument(arguments, i, letters[i]);
  }
  is_sound = is_sound && add_result(arguments, *signature);
  return is_sound ? ""
                  : "calls '" + std::string(signature->name) +
                        "' with arguments that it does not take";
}

std::string CallEffects::add_delegate(const Arguments& arguments) {
  add_unknown(arguments);
  return {};
}

/// Nothing is known but that outputs come last.
void CallEffects::add_unknown(const Arguments& arguments) {
  for (const std::int32_t value : arguments) {
    read(value);
    use_items(value, Access::kRead);
  }
  if (arguments.size() == 0) return;
  const std::int32_t last = arguments.Get(arguments.size() - 1);
  use(last, Access::kWrite);
  use_items(last, Access::kWrite);
}

bool CallEffects::add_argument(const Arguments& arguments,
                               std::uint32_t position, char letter) {
  const std::int32_t value = arguments.Get(position);
  if (!are_all(kinds_of(value), accepted_kinds(letter))) return false;
  switch (letter) {
    case 'W':
      use(value, Access::kWrite);
      return true;
    case 'V':
      return use_items(value, Access::kWrite);
    case 'P':
      flow_.effects.push_back({unsigned_index(value), Access::kView, kNone});
      return true;
    case 'x':
      return is_dimension(arguments, value);
    case 'u':
    case 'v':
      return divides_safely(arguments, value);
    case 'y':
      read(value);
      return holds_indices(value);
    case 'p':
      return is_positive(value);
    case 'q':
      return are_positive(value);
    default:
      read(value);
      // An operator that looks for itself asks its lists in the same way.
      return use_items(value, Access::kRead);
  }
}

bool CallEffects::add_result(const Arguments& arguments,
                             const OperatorSignature& signature) {
  if (signature.result == ResultRule::kNone) return true;
  const auto position = static_cast<std::uint32_t>(signature.arguments.size());
  if (arguments.size() <= position) return false;
  const std::int32_t target = arguments.Get(position);
  const KindSet declared = kind_of(method_.value(target));
  if (signature.result != ResultRule::kArgument0) {
    flow_.effects.push_back({unsigned_index(target), Access::kAssign, kNone});
    return are_all(declared, kNumberKinds);
  }
  const std::int32_t source = arguments.Get(0);
  if (target == source) return true;
  assign(target, source);
  const fb::Tensor* from = method_.value(source).val_as_Tensor();
  const fb::Tensor* to = method_.value(target).val_as_Tensor();
  return from != nullptr && to != nullptr &&
         from->scalar_type() == to->scalar_type() &&
         from->sizes()->size() == to->sizes()->size();
}

void CallEffects::assign(std::int32_t value, std::int32_t source) {
  flow_.effects.push_back(
      {unsigned_index(value), Access::kAssign, unsigned_index(source)});
}

/// Only what the rules of MethodFlow look at is kept.
void CallEffects::use(std::int32_t value, Access access) {
  const ValueFacts& facts = flow_.values[unsigned_index(value)];
  const bool is_tensor = (kinds_of(value) & kTensorKind) != 0;
  if (facts.is_empty || (access == Access::kWrite && is_tensor)) {
    flow_.effects.push_back({unsigned_index(value), access, kNone});
  }
}

template <class Items>
bool CallEffects::use_each(const Items& items, Access access,
                           KindSet accepted) {
  if (!budget_.spend(items.size())) return false;
  for (const auto item : items) {
    const auto value = static_cast<std::int32_t>(item);
    if (value == -1) continue;
    if (!are_all(kinds_of(value), accepted)) return false;
    use(value, access);
  }
  return true;
}

/// Whether the items are of the kind that the list is of; true for what is no
/// list.
bool CallEffects::use_items(std::int32_t list, Access access) {
  const fb::EValue& value = method_.value(list);
  if (const auto* numbers = value.val_as_IntList()) {
    return use_each(*numbers->items(), Access::kRead, kIntKind);
  }
  if (const auto* tensors = value.val_as_TensorList()) {
    return use_each(*tensors->items(), access, kTensorKind);
  }
  if (const auto* tensors = value.val_as_OptionalTensorList()) {
    return use_each(*tensors->items(), access, kTensorKind | kNullKind);
  }
  return true;
}

bool CallEffects::is_dimension(const Arguments& arguments,
                               std::int32_t value) const {
  const fb::Int* number = method_.value(value).val_as_Int();
  const fb::Tensor* tensor = method_.value(arguments.Get(0)).val_as_Tensor();
  return number != nullptr && tensor != nullptr &&
         !kinds_.is_computed[unsigned_index(value)] && number->int_val() >= 0 &&
         number->int_val() < static_cast<std::int64_t>(tensor->sizes()->size());
}

/// The processor stops a program that divides a whole number by 0, and the
/// smallest one by -1.
bool CallEffects::divides_safely(const Arguments& arguments,
                                 std::int32_t value) const {
  const KindSet both = kinds_of(arguments.Get(0)) & kinds_of(value);
  if ((both & kIntKind) == 0) return true;
  const fb::Int* number = method_.value(value).val_as_Int();
  return number != nullptr && !kinds_.is_computed[unsigned_index(value)] &&
         number->int_val() != 0 && number->int_val() != -1;
}

bool CallEffects::holds_indices(std::int32_t value) const {
  const fb::Tensor* tensor = method_.value(value).val_as_Tensor();
  return tensor != nullptr && (tensor->scalar_type() == fb::ScalarType::LONG ||
                               tensor->scalar_type() == fb::ScalarType::INT);
}

bool CallEffects::is_positive(std::int32_t value) const {
  const fb::Int* number = method_.value(value).val_as_Int();
  return number != nullptr && !kinds_.is_computed[unsigned_index(value)] &&
         number->int_val() > 0;
}

bool CallEffects::are_positive(std::int32_t list) {
  const auto& items = *method_.value(list).val_as_IntList()->items();
  if (!budget_.spend(items.size())) return false;
  return std::ranges::all_of(items, [this](std::int64_t item) {
    return is_positive(static_cast<std::int32_t>(item));
  });
}

KindSet CallEffects::kinds_of(std::int32_t value) const {
  return kinds_.kinds[unsigned_index(value)];
}

}  // namespace etllm::program
