// The tests of `value is name`.

#include <array>

#include "chat/template/builtins.h"
#include "chat/template/compare.h"
#include "chat/template/iteration.h"
#include "chat/template/operators.h"
#include "chat/template/string_predicates.h"
#include "chat/template/template_error.h"
#include "chat/template/to_text.h"

namespace etllm::chat::jinja {
namespace {

template <bool (Value::*predicate)() const>
Value has_type(RenderContext&, const Value& input, Arguments&) {
  return Value::boolean((input.*predicate)());
}

template <bool expected>
Value is_constant(RenderContext&, const Value& input, Arguments&) {
  return Value::boolean(input.is_bool() && input.truthy() == expected);
}

Value is_defined(RenderContext&, const Value& input, Arguments&) {
  return Value::boolean(!input.is_undefined());
}

bool leaves_remainder(RenderContext& context, const Value& input,
                      const Value& divisor, std::int64_t remainder) {
  const Value result =
      apply(context, ast::BinaryOperator::kModulo, input, divisor);
  return equals(context.budget(), result, Value::integer(remainder));
}

Value is_odd(RenderContext& context, const Value& input, Arguments&) {
  return Value::boolean(leaves_remainder(context, input, Value::integer(2), 1));
}

Value is_even(RenderContext& context, const Value& input, Arguments&) {
  return Value::boolean(leaves_remainder(context, input, Value::integer(2), 0));
}

Value is_divisible(RenderContext& context, const Value& input,
                   Arguments& arguments) {
  return Value::boolean(leaves_remainder(context, input, arguments[0], 0));
}

Value is_sequence(RenderContext& /*context*/, const Value& input, Arguments&) {
  const bool has_items = input.is_undefined() || input.is_string() ||
                         input.is_list() || input.is_tuple() ||
                         input.is_dict() ||
                         input.is_sequence(SequenceType::kRange);
  return Value::boolean(has_items);
}

Value is_iterable_test(RenderContext&, const Value& input, Arguments&) {
  return Value::boolean(is_iterable(input));
}

template <bool (*predicate)(std::string_view)>
Value text_is(RenderContext& context, const Value& input, Arguments&) {
  return Value::boolean(predicate(to_text(context.budget(), input)));
}

Value is_same(RenderContext&, const Value& input, Arguments& arguments) {
  // Every look-up of a missing name gives an undefined value of its own.
  return Value::boolean(!input.is_undefined() &&
                        input.same_object(arguments[0]));
}

Value is_in(RenderContext& context, const Value& input, Arguments& arguments) {
  return Value::boolean(contains(context.budget(), arguments[0], input));
}

Value is_filter(RenderContext&, const Value& input, Arguments&) {
  return Value::boolean(input.is_string() &&
                        find_filter(input.text()) != nullptr);
}

Value is_test(RenderContext&, const Value& input, Arguments&) {
  return Value::boolean(input.is_string() &&
                        find_test(input.text()) != nullptr);
}

template <bool expected>
Value is_equal(RenderContext& context, const Value& input,
               Arguments& arguments) {
  return Value::boolean(equals(context.budget(), input, arguments[0]) ==
                        expected);
}

template <bool (*order)(Budget&, const Value&, const Value&), bool swapped>
Value is_ordered(RenderContext& context, const Value& input,
                 Arguments& arguments) {
  const Value& other = arguments[0];
  return Value::boolean(swapped ? order(context.budget(), other, input)
                                : order(context.budget(), input, other));
}

constexpr auto kTests = std::to_array<ValueFunction>({
    {"!=", "other", &is_equal<false>},
    {"<", "other", &is_ordered<&less_than, false>},
    {"<=", "other", &is_ordered<&less_equal, false>},
    {"==", "other", &is_equal<true>},
    {">", "other", &is_ordered<&less_than, true>},
    {">=", "other", &is_ordered<&less_equal, true>},
    {"boolean", "", &has_type<&Value::is_bool>},
    {"callable", "", &has_type<&Value::is_callable>},
    {"defined", "", &is_defined},
    {"divisibleby", "num", &is_divisible},
    {"eq", "other", &is_equal<true>},
    {"equalto", "other", &is_equal<true>},
    {"escaped", "", &has_type<&Value::is_markup>},
    {"even", "", &is_even},
    {"false", "", &is_constant<false>},
    {"filter", "", &is_filter},
    {"float", "", &has_type<&Value::is_float>},
    {"ge", "other", &is_ordered<&less_equal, true>},
    {"greaterthan", "other", &is_ordered<&less_than, true>},
    {"gt", "other", &is_ordered<&less_than, true>},
    {"in", "seq", &is_in},
    {"integer", "", &has_type<&Value::is_integer>},
    {"iterable", "", &is_iterable_test},
    {"le", "other", &is_ordered<&less_equal, false>},
    {"lessthan", "other", &is_ordered<&less_than, false>},
    {"lower", "", &text_is<&is_lower_text>},
    {"lt", "other", &is_ordered<&less_than, false>},
    {"mapping", "", &has_type<&Value::is_dict>},
    {"ne", "other", &is_equal<false>},
    {"none", "", &has_type<&Value::is_none>},
    {"number", "", &has_type<&Value::is_number>},
    {"odd", "", &is_odd},
    {"sameas", "other", &is_same},
    {"sequence", "", &is_sequence},
    {"string", "", &has_type<&Value::is_string>},
    {"test", "", &is_test},
    {"true", "", &is_constant<true>},
    {"undefined", "", &has_type<&Value::is_undefined>},
    {"upper", "", &text_is<&is_upper_text>},
});

}  // namespace

const ValueFunction* find_test(std::string_view name) {
  return find_by_name(kTests, name);
}

bool call_test(RenderContext& context, std::string_view name,
               const Value& input, Arguments arguments) {
  context.budget().spend_steps();
  const ValueFunction* test = find_test(name);
  if (test == nullptr) {
    throw TemplateError("there is no test '" + std::string(name) + "'");
  }
  arguments.bind(test->name, test->parameters);
  return test->call(context, input, arguments).truthy();
}

}  // namespace etllm::chat::jinja
