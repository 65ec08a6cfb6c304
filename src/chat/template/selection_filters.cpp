// Filters that apply another filter or a test to every item of a sequence.

#include <array>
#include <optional>

#include "chat/template/attribute_path.h"
#include "chat/template/builtins.h"
#include "chat/template/iteration.h"
#include "chat/template/template_error.h"

namespace etllm::chat::jinja {
namespace {

// Removes a named argument and returns its value.
std::optional<Value> take_named(Arguments& arguments, std::string_view name) {
  for (auto it = arguments.named.begin(); it != arguments.named.end(); ++it) {
    if (it->first != name) continue;
    Value value = std::move(it->second);
    arguments.named.erase(it);
    return value;
  }
  return std::nullopt;
}

// Removes the first argument, which is the name of a filter or a test.
std::string take_function_name(Arguments& arguments) {
  if (arguments.positional.empty() || !arguments.positional[0].is_string()) {
    throw TemplateError("the name of a filter or a test is missing");
  }
  std::string name = arguments.positional[0].text();
  arguments.positional.erase(arguments.positional.begin());
  return name;
}

Value map_attribute(RenderContext& context, const Value& input,
                    Arguments& arguments) {
  const std::optional<Value> attribute = take_named(arguments, "attribute");
  const std::optional<Value> fallback = take_named(arguments, "default");
  if (!arguments.named.empty()) {
    throw TemplateError("'map' does not know the argument '" +
                        arguments.named.front().first + "'");
  }
  const bool has_fallback = fallback && !fallback->is_none();
  const AttributePath path(context, *attribute);
  std::vector<Value> results;
  for (const Value& item : iterate(context.budget(), input)) {
    results.push_back(path.get(item, has_fallback ? &*fallback : nullptr));
  }
  return context.iterator(std::move(results));
}

Value map(RenderContext& context, const Value& input, Arguments& arguments) {
  // A false input gives no items, whatever its type.
  if (!input.truthy()) return context.iterator({});
  bool has_attribute = false;
  for (const auto& [name, value] : arguments.named) {
    has_attribute = has_attribute || name == "attribute";
  }
  if (arguments.positional.empty() && has_attribute) {
    return map_attribute(context, input, arguments);
  }
  const std::string filter = take_function_name(arguments);
  std::vector<Value> results;
  for (const Value& item : iterate(context.budget(), input)) {
    results.push_back(call_filter(context, filter, item, arguments));
  }
  return context.iterator(std::move(results));
}

template <bool by_attribute, bool wanted>
Value select(RenderContext& context, const Value& input, Arguments& arguments) {
  if (!input.truthy()) return context.iterator({});
  Value attribute = Value::none();
  if (by_attribute) {
    if (arguments.positional.empty()) {
      throw TemplateError("the name of an attribute is missing");
    }
    attribute = arguments.positional[0];
    arguments.positional.erase(arguments.positional.begin());
  }
  const AttributePath path(context, attribute);
  const bool has_test = !arguments.positional.empty();
  const std::string test = has_test ? take_function_name(arguments) : "";
  std::vector<Value> selected;
  for (Value& item : iterate(context.budget(), input)) {
    const Value subject = path.get(item);
    const bool passes = has_test ? call_test(context, test, subject, arguments)
                                 : subject.truthy();
    if (passes == wanted) selected.push_back(std::move(item));
  }
  return context.iterator(std::move(selected));
}

constexpr auto kFilters = std::to_array<ValueFunction>({
    {"map", "*", &map},
    {"reject", "*", &select<false, false>},
    {"rejectattr", "*", &select<true, false>},
    {"select", "*", &select<false, true>},
    {"selectattr", "*", &select<true, true>},
});

}  // namespace

const ValueFunction* find_selection_filter(std::string_view name) {
  return find_by_name(kFilters, name);
}

}  // namespace etllm::chat::jinja
