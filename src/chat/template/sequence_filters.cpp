// Filters that work on lists and dictionaries.

#include <algorithm>
#include <array>

#include "chat/template/attribute_path.h"
#include "chat/template/builtins.h"
#include "chat/template/compare.h"
#include "chat/template/iteration.h"
#include "chat/template/merge_sort.h"
#include "chat/template/operators.h"
#include "chat/template/template_error.h"
#include "chat/template/text_operations.h"
#include "chat/template/to_text.h"

namespace etllm::chat::jinja {
namespace {

Value length(RenderContext& context, const Value& input, Arguments&) {
  const auto length = length_of(context.budget(), input);
  if (!length) {
    throw TemplateError("a value of type '" + std::string(input.type_name()) +
                        "' has no length");
  }
  return Value::integer(static_cast<std::int64_t>(*length));
}

Value default_value(RenderContext&, const Value& input, Arguments& arguments) {
  const bool replaces_false = arguments.truth_or(1, false);
  const bool missing =
      input.is_undefined() || (replaces_false && !input.truthy());
  return missing ? arguments.value_or(0, Value::string("")) : input;
}

Value first(RenderContext& context, const Value& input, Arguments&) {
  if (input.is_sequence(SequenceType::kIterator)) {
    const Sequence& iterator = input.sequence();
    if (iterator.taken < iterator.items.size()) {
      return iterator.items[iterator.taken++];
    }
  }
  std::vector<Value> items = iterate(context.budget(), input);
  return items.empty() ? Value::undefined("a sequence without a first item")
                       : std::move(items.front());
}

void require_reversible(const Value& input) {
  if (input.is_undefined()) {
    throw TemplateError(input.undefined_reason());
  }
  if (input.is_sequence(SequenceType::kIterator)) {
    throw TemplateError("a generator cannot be reversed; use 'list' before");
  }
}

Value last(RenderContext& context, const Value& input, Arguments&) {
  require_reversible(input);
  std::vector<Value> items = iterate(context.budget(), input);
  return items.empty() ? Value::undefined("a sequence without a last item")
                       : std::move(items.back());
}

Value to_list(RenderContext& context, const Value& input, Arguments&) {
  return context.list(iterate(context.budget(), input));
}

Value reverse(RenderContext& context, const Value& input, Arguments&) {
  std::vector<Value> items = iterate(context.budget(), input);
  std::reverse(items.begin(), items.end());
  const bool gives_list = input.is_sequence(SequenceType::kIterator);
  if (!input.is_string()) {
    return gives_list ? context.list(std::move(items))
                      : context.iterator(std::move(items));
  }
  std::string text;
  for (const Value& character : items) text += character.text();
  return context.string(std::move(text), input.is_markup());
}

Value join(RenderContext& context, const Value& input, Arguments& arguments) {
  Budget& budget = context.budget();
  const std::string separator =
      to_text(budget, arguments.value_or(0, Value::string("")));
  const AttributePath path(context,
                           arguments.is_set(1) ? arguments[1] : Value::none());
  std::string text;
  bool is_first = true;
  for (const Value& item : iterate(budget, input)) {
    if (!is_first) {
      budget.spend_bytes(separator.size());
      text += separator;
    }
    is_first = false;
    text += to_text(budget, path.get(item));
  }
  return context.string(std::move(text));
}

std::vector<Value> sorted_by(RenderContext& context, std::vector<Value> items,
                             const std::vector<AttributePath>& paths,
                             bool case_sensitive, bool reversed) {
  struct Keyed {
    Value item, key;
  };
  std::vector<Keyed> keyed;
  for (Value& item : items) {
    std::vector<Value> keys;
    keys.reserve(paths.size());
    for (const AttributePath& path : paths) {
      keys.push_back(path.key(item, case_sensitive));
    }
    keyed.push_back({std::move(item), context.list(std::move(keys))});
  }
  // Reversing before and after keeps equal items in their order.
  if (reversed) std::reverse(keyed.begin(), keyed.end());
  merge_sort(keyed, [&](const Keyed& a, const Keyed& b) {
    return less_than(context.budget(), a.key, b.key);
  });
  if (reversed) std::reverse(keyed.begin(), keyed.end());
  items.clear();
  for (Keyed& entry : keyed) items.push_back(std::move(entry.item));
  return items;
}

Value sort(RenderContext& context, const Value& input, Arguments& arguments) {
  const Value attribute = arguments.is_set(2) ? arguments[2] : Value::none();
  std::vector<AttributePath> paths;
  if (attribute.is_string()) {
    for (const std::string_view path :
         split_at(context.budget(), attribute.text(), ",", kUnlimited, false)) {
      paths.emplace_back(context, Value::string(std::string(path)));
    }
  } else {
    paths.emplace_back(context, attribute);
  }
  return context.list(sorted_by(context, iterate(context.budget(), input),
                                paths, arguments.truth_or(1, false),
                                arguments.truth_or(0, false)));
}

Value dictsort(RenderContext& context, const Value& input,
               Arguments& arguments) {
  require_defined(input);
  if (!input.is_dict()) throw TemplateError("'dictsort' needs a dictionary");
  const std::string_view by = arguments.text_or(1, "key");
  if (by != "key" && by != "value") {
    throw TemplateError("'dictsort' sorts by 'key' or by 'value'");
  }
  std::vector<Value> items;
  for (const auto& [key, value] : input.dict().entries()) {
    items.push_back(context.tuple({key, value}));
  }
  const AttributePath path(context, Value::integer(by == "key" ? 0 : 1));
  return context.list(sorted_by(context, std::move(items), {path},
                                arguments.truth_or(0, false),
                                arguments.truth_or(2, false)));
}

Value unique(RenderContext& context, const Value& input, Arguments& arguments) {
  const AttributePath path(context,
                           arguments.is_set(1) ? arguments[1] : Value::none());
  Dict seen;
  std::vector<Value> items;
  for (Value& item : iterate(context.budget(), input)) {
    Value key = path.key(item, arguments.truth_or(0, false));
    require_hashable(context.budget(), key);
    if (seen.find(key) != nullptr) continue;
    seen.set(std::move(key), Value::none());
    items.push_back(std::move(item));
  }
  return context.iterator(std::move(items));
}

template <bool largest>
Value extreme(RenderContext& context, const Value& input,
              Arguments& arguments) {
  const AttributePath path(context,
                           arguments.is_set(1) ? arguments[1] : Value::none());
  const bool case_sensitive = arguments.truth_or(0, false);
  const std::vector<Value> items = iterate(context.budget(), input);
  if (items.empty()) return Value::undefined("a sequence without any item");
  Value best = items.front();
  Value best_key = path.key(best, case_sensitive);
  for (std::size_t i = 1; i < items.size(); ++i) {
    Value key = path.key(items[i], case_sensitive);
    const bool better = largest ? less_than(context.budget(), best_key, key)
                                : less_than(context.budget(), key, best_key);
    if (!better) continue;
    best = items[i];
    best_key = std::move(key);
  }
  return best;
}

Value sum(RenderContext& context, const Value& input, Arguments& arguments) {
  const AttributePath path(context,
                           arguments.is_set(0) ? arguments[0] : Value::none());
  Value total = arguments.value_or(1, Value::integer(0));
  if (total.is_string()) throw TemplateError("'sum' does not join strings");
  for (const Value& item : iterate(context.budget(), input)) {
    total = apply(context, ast::BinaryOperator::kAdd, total, path.get(item));
  }
  return total;
}

Value items(RenderContext& context, const Value& input, Arguments&) {
  std::vector<Value> pairs;
  if (!input.is_undefined()) {
    if (!input.is_dict()) throw TemplateError("'items' needs a dictionary");
    for (const auto& [key, value] : input.dict().entries()) {
      pairs.push_back(context.tuple({key, value}));
    }
  }
  return context.iterator(std::move(pairs));
}

Value batch(RenderContext& context, const Value& input, Arguments& arguments) {
  const std::int64_t size = arguments.integer_or(0, 1);
  std::vector<Value> batches;
  std::vector<Value> current;
  for (Value& item : iterate(context.budget(), input)) {
    if (static_cast<std::int64_t>(current.size()) == size) {
      batches.push_back(context.list(std::exchange(current, {})));
    }
    current.push_back(std::move(item));
  }
  if (!current.empty()) {
    const auto filled = static_cast<std::int64_t>(current.size());
    if (arguments.is_set(1) && filled < size) {
      const auto missing = static_cast<std::uint64_t>(size - filled);
      if (missing > kMaxBytes) throw TemplateError("a batch is too long");
      context.budget().spend_bytes(missing * sizeof(Value));
      current.insert(current.end(), missing, arguments[1]);
    }
    batches.push_back(context.list(std::move(current)));
  }
  return context.iterator(std::move(batches));
}

constexpr auto kFilters = std::to_array<ValueFunction>({
    {"batch", "linecount fill_with?", &batch},
    {"count", "", &length},
    {"d", "default_value? boolean?", &default_value},
    {"default", "default_value? boolean?", &default_value},
    {"dictsort", "case_sensitive? by? reverse?", &dictsort},
    {"first", "", &first},
    {"items", "", &items},
    {"join", "d? attribute?", &join},
    {"last", "", &last},
    {"length", "", &length},
    {"list", "", &to_list},
    {"max", "case_sensitive? attribute?", &extreme<true>},
    {"min", "case_sensitive? attribute?", &extreme<false>},
    {"reverse", "", &reverse},
    {"sort", "reverse? case_sensitive? attribute?", &sort},
    {"sum", "attribute? start?", &sum},
    {"unique", "case_sensitive? attribute?", &unique},
});

}  // namespace

const ValueFunction* find_sequence_filter(std::string_view name) {
  return find_by_name(kFilters, name);
}

}  // namespace etllm::chat::jinja
