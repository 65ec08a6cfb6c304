// The methods of dictionaries, lists, tuples, loops and numbers.

#include <algorithm>
#include <array>
#include <cmath>

#include "chat/template/arguments.h"
#include "chat/template/builtins.h"
#include "chat/template/compare.h"
#include "chat/template/methods.h"
#include "chat/template/template_error.h"

namespace etllm::chat::jinja {
namespace {

Value dict_get(RenderContext& context, const Value& self,
               Arguments& arguments) {
  require_hashable(context.budget(), arguments[0]);
  const Value* found = self.dict().find(arguments[0]);
  return found == nullptr ? arguments.value_or(1, Value::none()) : *found;
}

Value dict_keys(RenderContext& context, const Value& self, Arguments&) {
  std::vector<Value> keys;
  for (const auto& [key, value] : self.dict().entries()) keys.push_back(key);
  return context.sequence(SequenceType::kKeys, std::move(keys));
}

Value dict_values(RenderContext& context, const Value& self, Arguments&) {
  std::vector<Value> values;
  for (const auto& [key, value] : self.dict().entries()) {
    values.push_back(value);
  }
  return context.sequence(SequenceType::kValues, std::move(values));
}

Value dict_items(RenderContext& context, const Value& self, Arguments&) {
  std::vector<Value> items;
  for (const auto& [key, value] : self.dict().entries()) {
    items.push_back(context.tuple({key, value}));
  }
  return context.sequence(SequenceType::kItems, std::move(items));
}

// Values never change, so a copy need not be one.
Value copy(RenderContext&, const Value& self, Arguments&) { return self; }

Value sequence_index(RenderContext& context, const Value& self,
                     Arguments& arguments) {
  const auto& items = self.items();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (equals(context.budget(), items[i], arguments[0])) {
      return Value::integer(static_cast<std::int64_t>(i));
    }
  }
  throw TemplateError("the value is not in the list");
}

Value sequence_count(RenderContext& context, const Value& self,
                     Arguments& arguments) {
  std::int64_t count = 0;
  for (const Value& item : self.items()) {
    if (equals(context.budget(), item, arguments[0])) ++count;
  }
  return Value::integer(count);
}

Value loop_cycle(RenderContext&, const Value& self, Arguments& arguments) {
  if (arguments.positional.empty()) {
    throw TemplateError("'loop.cycle' needs values to choose from");
  }
  return arguments
      .positional[self.as_loop()->index % arguments.positional.size()];
}

Value loop_changed(RenderContext& context, const Value& self,
                   Arguments& arguments) {
  LoopState& loop = *self.as_loop();
  bool changed = !loop.was_asked_for_change ||
                 loop.last_changed.size() != arguments.positional.size();
  for (std::size_t i = 0; !changed && i < loop.last_changed.size(); ++i) {
    changed = !equals(context.budget(), loop.last_changed[i],
                      arguments.positional[i]);
  }
  loop.was_asked_for_change = true;
  loop.last_changed = std::move(arguments.positional);
  return Value::boolean(changed);
}

Value is_integer(RenderContext&, const Value& self, Arguments&) {
  return Value::boolean(std::trunc(self.as_double()) == self.as_double());
}

constexpr auto kDictMethods = std::to_array<ValueFunction>({
    {"copy", "", &copy},
    {"get", "key default?", &dict_get},
    {"items", "", &dict_items},
    {"keys", "", &dict_keys},
    {"values", "", &dict_values},
});

constexpr auto kSequenceMethods = std::to_array<ValueFunction>({
    {"count", "value", &sequence_count},
    {"index", "value", &sequence_index},
    {"copy", "", &copy},
});

constexpr auto kLoopMethods = std::to_array<ValueFunction>({
    {"cycle", "*", &loop_cycle},
    {"changed", "*", &loop_changed},
});

constexpr auto kFloatMethods = std::to_array<ValueFunction>({
    {"is_integer", "", &is_integer},
});

}  // namespace

const ValueFunction* find_container_method(const Value& object,
                                           std::string_view name) {
  if (object.is_dict()) return find_by_name(kDictMethods, name);
  const bool is_copyable_sequence = object.is_list() || object.is_tuple();
  if (is_copyable_sequence && !(object.is_tuple() && name == "copy")) {
    return find_by_name(kSequenceMethods, name);
  }
  if (object.as_loop() != nullptr) return find_by_name(kLoopMethods, name);
  if (object.is_float()) return find_by_name(kFloatMethods, name);
  return nullptr;
}

const ValueFunction* find_method(const Value& object, std::string_view name) {
  return object.is_string() ? find_string_method(name)
                            : find_container_method(object, name);
}

bool changes_its_object(const Value& object, std::string_view name) {
  static constexpr auto kListChanges =
      std::to_array<std::string_view>({"append", "clear", "extend", "insert",
                                       "pop", "remove", "reverse", "sort"});
  static constexpr auto kDictChanges = std::to_array<std::string_view>(
      {"clear", "pop", "popitem", "setdefault", "update"});
  const auto has = [&](const auto& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return (object.is_list() && has(kListChanges)) ||
         (object.is_dict() && has(kDictChanges));
}

}  // namespace etllm::chat::jinja
