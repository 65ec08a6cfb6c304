#include "chat/template/value.h"

#include <algorithm>

#include "chat/template/limits.h"
#include "chat/template/runtime_objects.h"
#include "chat/template/template_error.h"

namespace etllm::chat::jinja {
namespace {

void require_depth(int depth) {
  if (depth > kMaxValueDepth) {
    throw TemplateError("lists and dictionaries nest more than " +
                        std::to_string(kMaxValueDepth) + " levels deep");
  }
}

std::string_view name_of(SequenceType type) {
  switch (type) {
    case SequenceType::kList:
      return "list";
    case SequenceType::kTuple:
      return "tuple";
    case SequenceType::kRange:
      return "range";
    case SequenceType::kKeys:
      return "dict_keys";
    case SequenceType::kValues:
      return "dict_values";
    case SequenceType::kItems:
      return "dict_items";
    case SequenceType::kIterator:
      return "generator";
  }
  return "list";
}

}  // namespace

Value Value::undefined(std::string reason) {
  return Value(
      Data(Undefined{std::make_shared<const std::string>(std::move(reason))}));
}
Value Value::none() { return Value(Data(None{})); }
Value Value::boolean(bool value) { return Value(Data(value)); }
Value Value::integer(std::int64_t value) { return Value(Data(value)); }
Value Value::floating(double value) { return Value(Data(value)); }

Value Value::string(std::string bytes, bool markup) {
  return Value(
      Data(std::make_shared<const Text>(Text{std::move(bytes), markup})));
}

Value Value::sequence(SequenceType type, std::vector<Value> items) {
  auto sequence = std::make_shared<Sequence>();
  sequence->type = type;
  sequence->items = std::move(items);
  for (const Value& item : sequence->items) {
    sequence->depth = std::max(sequence->depth, item.depth() + 1);
  }
  require_depth(sequence->depth);
  return Value(Data(std::shared_ptr<const Sequence>(std::move(sequence))));
}

Value Value::sequence(std::shared_ptr<const Sequence> sequence) {
  return Value(Data(std::move(sequence)));
}

Value Value::dict(Dict entries) {
  require_depth(entries.depth());
  return Value(Data(std::make_shared<const Dict>(std::move(entries))));
}

Value Value::of(const BuiltinFunction* function) {
  return Value(Data(function));
}
Value Value::of(std::shared_ptr<const MacroValue> macro) {
  return Value(Data(std::move(macro)));
}
Value Value::of(std::shared_ptr<const BoundMethod> method) {
  return Value(Data(std::move(method)));
}

std::string Value::undefined_reason() const {
  const auto& reason = std::get<Undefined>(data_).reason;
  return reason == nullptr ? "the value is undefined" : *reason;
}

std::int64_t Value::as_integer() const {
  if (is_bool()) return std::get<bool>(data_) ? 1 : 0;
  return std::get<std::int64_t>(data_);
}

double Value::as_double() const {
  if (is_float()) return std::get<double>(data_);
  return static_cast<double>(as_integer());
}

const std::string& Value::text() const {
  return std::get<std::shared_ptr<const Text>>(data_)->bytes;
}

bool Value::is_markup() const {
  return is_string() && std::get<std::shared_ptr<const Text>>(data_)->markup;
}

const Sequence& Value::sequence() const {
  return *std::get<std::shared_ptr<const Sequence>>(data_);
}

const Dict& Value::dict() const {
  return *std::get<std::shared_ptr<const Dict>>(data_);
}

Namespace* Value::as_namespace() const { return pointer_or_null<Namespace*>(); }
LoopState* Value::as_loop() const { return pointer_or_null<LoopState*>(); }
const BuiltinFunction* Value::as_function() const {
  return pointer_or_null<const BuiltinFunction*>();
}
const MacroValue* Value::as_macro() const {
  return pointer_or_null<std::shared_ptr<const MacroValue>>().get();
}
const BoundMethod* Value::as_method() const {
  return pointer_or_null<std::shared_ptr<const BoundMethod>>().get();
}

bool Value::truthy() const {
  if (is_undefined() || is_none()) return false;
  if (is_integral()) return as_integer() != 0;
  if (is_float()) return as_double() != 0;
  if (is_string()) return !text().empty();
  if (is_dict()) return !dict().empty();
  if (is_sequence()) {
    return sequence().type == SequenceType::kIterator || !items().empty();
  }
  if (const LoopState* loop = as_loop()) return !loop->items.empty();
  return true;
}

std::string_view Value::type_name() const {
  if (is_undefined()) return "Undefined";
  if (is_none()) return "NoneType";
  if (is_bool()) return "bool";
  if (is_integer()) return "int";
  if (is_float()) return "float";
  if (is_string()) return is_markup() ? "Markup" : "str";
  if (is_sequence()) return name_of(sequence().type);
  if (is_dict()) return "dict";
  if (as_namespace() != nullptr) return "Namespace";
  if (as_loop() != nullptr) return "LoopContext";
  if (as_macro() != nullptr) return "Macro";
  return as_method() != nullptr ? "method" : "function";
}

int Value::depth() const {
  if (is_sequence()) return sequence().depth;
  if (is_dict()) return dict().depth();
  if (const BoundMethod* method = as_method()) return method->self.depth() + 1;
  return 0;
}

bool Value::same_object(const Value& other) const {
  if (data_.index() != other.data_.index()) return false;
  if (is_undefined() || is_none()) return true;
  if (is_integral()) return as_integer() == other.as_integer();
  if (is_float()) return as_double() == other.as_double();
  if (is_string()) return &text() == &other.text();
  if (is_sequence()) return &sequence() == &other.sequence();
  if (is_dict()) return &dict() == &other.dict();
  return as_namespace() == other.as_namespace() &&
         as_loop() == other.as_loop() && as_function() == other.as_function() &&
         as_macro() == other.as_macro() && as_method() == other.as_method();
}

}  // namespace etllm::chat::jinja
