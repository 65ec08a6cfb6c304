// The functions that every template can call.

#include <array>

#include "chat/template/builtins.h"
#include "chat/template/iteration.h"
#include "chat/template/operators.h"
#include "chat/template/strftime.h"
#include "chat/template/template_error.h"
#include "chat/template/to_text.h"

namespace etllm::chat::jinja {
namespace {

// How many steps lead from `start` to before `stop`, at most one more than
// the longest range.
std::int64_t range_size(std::int64_t start, std::int64_t stop,
                        std::int64_t step) {
  if (step == 0) throw TemplateError("the step of a range cannot be zero");
  const bool empty = step > 0 ? start >= stop : start <= stop;
  if (empty) return 0;
  // Distances are computed without a sign: they may not fit into 63 bits.
  const auto from = static_cast<std::uint64_t>(start);
  const auto to = static_cast<std::uint64_t>(stop);
  const auto stride = static_cast<std::uint64_t>(step);
  const std::uint64_t size = step > 0 ? (to - from - 1) / stride + 1
                                      : (from - to - 1) / (0 - stride) + 1;
  return size > static_cast<std::uint64_t>(kMaxRangeItems)
             ? kMaxRangeItems + 1
             : static_cast<std::int64_t>(size);
}

Value range(RenderContext& context, Arguments& arguments) {
  const bool has_stop = arguments.has(1);
  const std::int64_t first = arguments.integer_or(0, 0);
  const std::int64_t start = has_stop ? first : 0;
  const std::int64_t stop = has_stop ? arguments.integer_or(1, 0) : first;
  const std::int64_t step = arguments.integer_or(2, 1);
  const std::int64_t size = range_size(start, stop, step);
  if (size > kMaxRangeItems) {
    throw TemplateError("a range is longer than " +
                        std::to_string(kMaxRangeItems) + " items");
  }
  context.budget().spend_bytes(static_cast<std::uint64_t>(size) *
                               sizeof(Value));
  auto sequence = std::make_shared<Sequence>();
  sequence->type = SequenceType::kRange;
  sequence->start = start;
  sequence->stop = stop;
  sequence->step = step;
  for (std::int64_t i = 0; i < size; ++i) {
    sequence->items.push_back(Value::integer(start + i * step));
  }
  return Value::sequence(std::shared_ptr<const Sequence>(std::move(sequence)));
}

// The arguments of Python's `dict()`: a dictionary or pairs, and names.
Dict make_dict(RenderContext& context, const Arguments& arguments) {
  Dict dict;
  if (arguments.positional.size() > 1) {
    throw TemplateError("'dict' takes one value and named arguments");
  }
  if (!arguments.positional.empty()) {
    const Value& source = arguments.positional[0];
    if (source.is_dict()) {
      dict = source.dict();
    } else {
      for (const Value& pair : iterate(context.budget(), source)) {
        const std::vector<Value> entry = iterate(context.budget(), pair);
        if (entry.size() != 2) throw TemplateError("'dict' needs pairs");
        require_hashable(context.budget(), entry[0]);
        dict.set(entry[0], entry[1]);
      }
    }
  }
  for (const auto& [name, value] : arguments.named) dict.set(name, value);
  return dict;
}

Value dict(RenderContext& context, Arguments& arguments) {
  return context.dict(make_dict(context, arguments));
}

Value make_namespace(RenderContext& context, Arguments& arguments) {
  Dict attributes = make_dict(context, arguments);
  for (const auto& [name, value] : attributes.entries()) {
    if (name.is_string() && name.text().starts_with('_')) {
      throw TemplateError("the attribute '" + name.text() +
                          "' of a namespace may not start with '_'");
    }
  }
  context.budget().spend_bytes(sizeof(Namespace) +
                               attributes.size() * sizeof(Dict::Entry));
  Namespace* const result = context.heap().make_namespace();
  result->attributes = std::move(attributes);
  return Value::of(result);
}

Value raise_exception(RenderContext& context, Arguments& arguments) {
  throw TemplateError(to_text(context.budget(), arguments[0]));
}

Value strftime_now(RenderContext& context, Arguments& arguments) {
  return context.string(
      format_time(context.budget(), arguments.text_or(0, ""), *context.now()));
}

constexpr BuiltinFunction kStrftimeNow = {"strftime_now", "format",
                                          &strftime_now};

constexpr auto kFunctions = std::to_array<BuiltinFunction>({
    {"dict", "*", &dict},
    {"namespace", "*", &make_namespace},
    {"raise_exception", "message", &raise_exception},
    {"range", "start stop? step?", &range},
});

}  // namespace

void define_global_functions(RenderContext& context, Scope& scope) {
  for (const BuiltinFunction& function : kFunctions) {
    scope.set(context.budget(), function.name, Value::of(&function));
  }
  // Without a clock the function is undefined; templates have a fixed date
  // for that case.
  if (context.now())
    scope.set(context.budget(), kStrftimeNow.name, Value::of(&kStrftimeNow));
}

}  // namespace etllm::chat::jinja
