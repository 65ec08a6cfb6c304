#include "chat/template/subscript.h"

#include <algorithm>
#include <string>

#include "chat/template/ast.h"
#include "chat/template/methods.h"
#include "chat/template/operators.h"
#include "chat/template/template_error.h"
#include "chat/template/to_text.h"
#include "chat/template/unicode.h"

namespace etllm::chat::jinja {
namespace {

std::string object_name(const Value& object) {
  if (object.is_none()) return "None";
  return "'" + std::string(object.type_name()) + "' object";
}

Value missing_attribute(const Value& object, std::string_view name) {
  return Value::undefined(object_name(object) + " has no attribute '" +
                          std::string(name) + "'");
}

Value method_or_undefined(const Value& object, std::string_view name) {
  if (const ValueFunction* method = find_method(object, name)) {
    return Value::of(
        std::make_shared<const BoundMethod>(BoundMethod{object, method}));
  }
  if (changes_its_object(object, name)) {
    return Value::undefined("'" + std::string(name) +
                            "' would change a value, which templates may not");
  }
  return missing_attribute(object, name);
}

Value loop_attribute(const LoopState& loop, std::string_view name,
                     const Value& object) {
  const auto index = static_cast<std::int64_t>(loop.index);
  const auto length = static_cast<std::int64_t>(loop.items.size());
  if (name == "index") return Value::integer(index + 1);
  if (name == "index0") return Value::integer(index);
  if (name == "revindex") return Value::integer(length - index);
  if (name == "revindex0") return Value::integer(length - index - 1);
  if (name == "first") return Value::boolean(index == 0);
  if (name == "last") return Value::boolean(index + 1 >= length);
  if (name == "length") return Value::integer(length);
  if (name == "depth") return Value::integer(1);
  if (name == "depth0") return Value::integer(0);
  if (name == "previtem") {
    return index > 0 ? loop.items[loop.index - 1]
                     : Value::undefined("there is no previous item");
  }
  if (name == "nextitem") {
    return index + 1 < length ? loop.items[loop.index + 1]
                              : Value::undefined("there is no next item");
  }
  return method_or_undefined(object, name);
}

// The attribute of an object that is not a dictionary entry.
Value own_attribute(const Value& object, std::string_view name) {
  if (const LoopState* loop = object.as_loop()) {
    return loop_attribute(*loop, name, object);
  }
  if (const Namespace* target = object.as_namespace()) {
    const Value* value = target->attributes.find(name);
    return value == nullptr ? missing_attribute(object, name) : *value;
  }
  if (const MacroValue* macro = object.as_macro(); macro && name == "name") {
    return Value::string(macro->definition->name);
  }
  return method_or_undefined(object, name);
}

std::optional<std::size_t> resolve_index(std::int64_t index,
                                         std::size_t length) {
  const auto size = static_cast<std::int64_t>(length);
  if (index < 0) index += size;
  if (index < 0 || index >= size) return std::nullopt;
  return static_cast<std::size_t>(index);
}

bool is_indexable(const Value& object) {
  return object.is_list() || object.is_tuple() ||
         object.is_sequence(SequenceType::kRange);
}

// The element of a list, string or dictionary; nothing where there is none.
std::optional<Value> element(RenderContext& context, const Value& object,
                             const Value& key) {
  if (object.is_dict()) {
    const bool hashable =
        key.is_none() || key.is_number() || key.is_string() || key.is_tuple();
    if (!hashable) return std::nullopt;
    require_hashable(context.budget(), key);
    const Value* found = object.dict().find(key);
    return found == nullptr ? std::nullopt : std::optional<Value>(*found);
  }
  if (!key.is_integral()) return std::nullopt;
  if (is_indexable(object)) {
    const auto index = resolve_index(key.as_integer(), object.items().size());
    return index ? std::optional<Value>(object.items()[*index]) : std::nullopt;
  }
  if (!object.is_string()) return std::nullopt;
  const std::string& text = object.text();
  context.budget().spend_bytes(text.size());
  const auto index = resolve_index(key.as_integer(), count_code_points(text));
  if (!index) return std::nullopt;
  const std::size_t at = byte_position(text, *index);
  return context.string(text.substr(at, decode_utf8(text, at).size),
                        object.is_markup());
}

std::optional<std::int64_t> bound_of(const Value& bound) {
  if (bound.is_none()) return std::nullopt;
  require_defined(bound);
  if (!bound.is_integral()) {
    throw TemplateError("the bounds of a slice must be integers");
  }
  return bound.as_integer();
}

// Which indices a slice takes: `count` of them, from `start` by `step`, before
// `stop`.
struct Range {
  std::int64_t start, stop, step, count;
};

std::int64_t clamp_bound(std::int64_t bound, std::int64_t length,
                         std::int64_t low, std::int64_t high) {
  if (bound < 0) bound += length;
  return std::clamp(bound, low, high);
}

Range resolve_slice(const SliceBounds& bounds, std::int64_t length) {
  const std::int64_t step = bound_of(bounds.step).value_or(1);
  if (step == 0) throw TemplateError("the step of a slice cannot be zero");
  const std::int64_t low = step < 0 ? -1 : 0;
  const std::int64_t high = step < 0 ? length - 1 : length;
  const auto start_bound = bound_of(bounds.start);
  const auto stop_bound = bound_of(bounds.stop);
  const std::int64_t start = start_bound
                                 ? clamp_bound(*start_bound, length, low, high)
                                 : (step < 0 ? high : low);
  const std::int64_t stop = stop_bound
                                ? clamp_bound(*stop_bound, length, low, high)
                                : (step < 0 ? low : high);
  const std::int64_t distance = step < 0 ? start - stop : stop - start;
  // Beyond the length a step takes the first index only, and stays clear of
  // overflow.
  const std::int64_t stride =
      step < 0 ? -std::max(step, -length - 1) : std::min(step, length + 1);
  const std::int64_t count = distance <= 0 ? 0 : (distance - 1) / stride + 1;
  return {start, stop, step < 0 ? -stride : stride, count};
}

Value slice_text(RenderContext& context, const Value& object,
                 const SliceBounds& bounds) {
  const std::string& text = object.text();
  context.budget().spend_bytes(text.size() * sizeof(std::size_t));
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size(); at += decode_utf8(text, at).size) {
    starts.push_back(at);
  }
  const auto length = static_cast<std::int64_t>(starts.size());
  const Range range = resolve_slice(bounds, length);
  starts.push_back(text.size());
  std::string result;
  for (std::int64_t i = 0; i < range.count; ++i) {
    const auto index = static_cast<std::size_t>(range.start + i * range.step);
    result.append(text, starts[index], starts[index + 1] - starts[index]);
  }
  return context.string(std::move(result), object.is_markup());
}

std::int64_t after_steps(std::int64_t start, std::int64_t count,
                         std::int64_t step) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(count, step, &result) ||
      __builtin_add_overflow(start, result, &result)) {
    throw TemplateError("an integer does not fit into 64 bits");
  }
  return result;
}

Value slice_sequence(RenderContext& context, const Value& object,
                     const SliceBounds& bounds) {
  const auto& items = object.items();
  const Range range =
      resolve_slice(bounds, static_cast<std::int64_t>(items.size()));
  std::vector<Value> result;
  for (std::int64_t i = 0; i < range.count; ++i) {
    result.push_back(
        items[static_cast<std::size_t>(range.start + i * range.step)]);
  }
  const SequenceType type = object.sequence().type;
  if (type != SequenceType::kRange) {
    return context.sequence(type, std::move(result));
  }
  const Sequence& source = object.sequence();
  context.budget().spend_bytes(result.size() * sizeof(Value));
  auto slice = std::make_shared<Sequence>();
  slice->type = type;
  slice->items = std::move(result);
  slice->start = after_steps(source.start, range.start, source.step);
  slice->step = after_steps(0, range.step, source.step);
  slice->stop = after_steps(source.start, range.stop, source.step);
  return Value::sequence(std::shared_ptr<const Sequence>(std::move(slice)));
}

}  // namespace

Value get_attribute(RenderContext& /*context*/, const Value& object,
                    std::string_view name) {
  require_defined(object);
  Value attribute = own_attribute(object, name);
  if (!attribute.is_undefined() || !object.is_dict()) return attribute;
  const Value* entry = object.dict().find(name);
  return entry == nullptr ? attribute : *entry;
}

Value get_item(RenderContext& context, const Value& object, const Value& key) {
  require_defined(object);
  if (auto found = element(context, object, key)) return *found;
  if (key.is_string()) return own_attribute(object, key.text());
  return Value::undefined(object_name(object) + " has no element " +
                          to_repr(context.budget(), key));
}

Value get_slice(RenderContext& context, const Value& object,
                const SliceBounds& bounds) {
  require_defined(object);
  if (object.is_string()) return slice_text(context, object, bounds);
  if (is_indexable(object)) return slice_sequence(context, object, bounds);
  throw TemplateError("a value of type '" + std::string(object.type_name()) +
                      "' cannot be sliced");
}

}  // namespace etllm::chat::jinja
