#include "chat/template/operators.h"

#include <cmath>
#include <limits>
#include <string>
#include <string_view>

#include "chat/template/percent_format.h"
#include "chat/template/template_error.h"
#include "chat/template/to_text.h"

namespace etllm::chat::jinja {
namespace {

using ast::BinaryOperator;

std::string_view spelling(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::kAdd:
      return "+";
    case BinaryOperator::kSubtract:
      return "-";
    case BinaryOperator::kMultiply:
      return "*";
    case BinaryOperator::kDivide:
      return "/";
    case BinaryOperator::kFloorDivide:
      return "//";
    case BinaryOperator::kModulo:
      return "%";
    case BinaryOperator::kPower:
      return "**";
  }
  return "";
}

[[noreturn]] void fail_overflow() {
  throw TemplateError("an integer does not fit into 64 bits");
}
[[noreturn]] void fail_zero() { throw TemplateError("division by zero"); }

std::int64_t multiply(std::int64_t left, std::int64_t right) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(left, right, &result)) fail_overflow();
  return result;
}

// Rounds towards minus infinity; the remainder has the sign of the divisor.
std::int64_t floor_divide(std::int64_t left, std::int64_t right) {
  if (right == 0) fail_zero();
  if (right == -1) return multiply(left, -1);
  const std::int64_t quotient = left / right;
  const bool inexact_negative = left % right != 0 && (left < 0) != (right < 0);
  return inexact_negative ? quotient - 1 : quotient;
}

std::int64_t floor_modulo(std::int64_t left, std::int64_t right) {
  if (right == 0) fail_zero();
  if (right == -1) return 0;
  const std::int64_t remainder = left % right;
  const bool other_sign = remainder != 0 && (remainder < 0) != (right < 0);
  return other_sign ? remainder + right : remainder;
}

double floor_modulo(double left, double right) {
  if (right == 0) fail_zero();
  double remainder = std::fmod(left, right);
  if (remainder == 0) return std::copysign(0.0, right);
  if ((remainder < 0) != (right < 0)) remainder += right;
  return remainder;
}

double floor_divide(double left, double right) {
  if (right == 0) fail_zero();
  const double remainder = std::fmod(left, right);
  double quotient = (left - remainder) / right;
  if (remainder != 0 && (remainder < 0) != (right < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.0, left / right);
  const double rounded = std::floor(quotient);
  return quotient - rounded > 0.5 ? rounded + 1 : rounded;
}

std::int64_t integer_power(std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  while (true) {
    if (exponent % 2 != 0) result = multiply(result, base);
    exponent /= 2;
    if (exponent == 0) return result;
    base = multiply(base, base);
  }
}

Value float_power(double base, double exponent) {
  if (base == 0 && exponent < 0) fail_zero();
  const double result = std::pow(base, exponent);
  if (std::isnan(result) && !std::isnan(base) && !std::isnan(exponent)) {
    throw TemplateError("a root of a negative number is not supported");
  }
  if (std::isinf(result) && !std::isinf(base) && !std::isinf(exponent)) {
    throw TemplateError("the result of '**' is too large");
  }
  return Value::floating(result);
}

Value integer_arithmetic(BinaryOperator op, std::int64_t left,
                         std::int64_t right) {
  std::int64_t result = 0;
  switch (op) {
    case BinaryOperator::kAdd:
      if (__builtin_add_overflow(left, right, &result)) fail_overflow();
      break;
    case BinaryOperator::kSubtract:
      if (__builtin_sub_overflow(left, right, &result)) fail_overflow();
      break;
    case BinaryOperator::kMultiply:
      result = multiply(left, right);
      break;
    case BinaryOperator::kDivide:
      if (right == 0) fail_zero();
      return Value::floating(static_cast<double>(left) /
                             static_cast<double>(right));
    case BinaryOperator::kFloorDivide:
      result = floor_divide(left, right);
      break;
    case BinaryOperator::kModulo:
      result = floor_modulo(left, right);
      break;
    case BinaryOperator::kPower:
      if (right < 0) {
        return float_power(static_cast<double>(left),
                           static_cast<double>(right));
      }
      result = integer_power(left, right);
      break;
  }
  return Value::integer(result);
}

Value float_arithmetic(BinaryOperator op, double left, double right) {
  switch (op) {
    case BinaryOperator::kAdd:
      return Value::floating(left + right);
    case BinaryOperator::kSubtract:
      return Value::floating(left - right);
    case BinaryOperator::kMultiply:
      return Value::floating(left * right);
    case BinaryOperator::kDivide:
      if (right == 0) fail_zero();
      return Value::floating(left / right);
    case BinaryOperator::kFloorDivide:
      return Value::floating(floor_divide(left, right));
    case BinaryOperator::kModulo:
      return Value::floating(floor_modulo(left, right));
    case BinaryOperator::kPower:
      return float_power(left, right);
  }
  return Value();
}

std::string as_markup(const Value& text) {
  return text.is_markup() ? text.text() : html_escaped(text.text());
}

Value add_texts(RenderContext& context, const Value& left, const Value& right) {
  context.budget().spend_text(left.text().size() + right.text().size());
  if (left.is_markup() || right.is_markup()) {
    return context.string(as_markup(left) + as_markup(right), true);
  }
  return Value::string(left.text() + right.text());
}

Value add_sequences(RenderContext& context, const Value& left,
                    const Value& right) {
  std::vector<Value> items = left.items();
  items.insert(items.end(), right.items().begin(), right.items().end());
  return context.sequence(left.sequence().type, std::move(items));
}

bool is_repeatable(const Value& value) {
  return value.is_string() || value.is_list() || value.is_tuple();
}

Value repeat(RenderContext& context, const Value& value, std::int64_t times) {
  const std::uint64_t count = times < 0 ? 0 : static_cast<std::uint64_t>(times);
  const std::uint64_t unit = value.is_string()
                                 ? value.text().size()
                                 : value.items().size() * sizeof(Value);
  if (unit > 0 && count > kMaxBytes / unit) {
    throw TemplateError("a repetition with '*' is too long");
  }
  if (value.is_string()) {
    context.budget().spend_text(unit * count);
    std::string text;
    text.reserve(unit * count);
    for (std::uint64_t i = 0; unit > 0 && i < count; ++i) text += value.text();
    return Value::string(std::move(text), value.is_markup());
  }
  context.budget().spend_bytes(unit * count);
  std::vector<Value> items;
  for (std::uint64_t i = 0; unit > 0 && i < count; ++i) {
    items.insert(items.end(), value.items().begin(), value.items().end());
  }
  return Value::sequence(value.sequence().type, std::move(items));
}

bool same_growable_type(const Value& left, const Value& right) {
  return (left.is_list() && right.is_list()) ||
         (left.is_tuple() && right.is_tuple());
}

}  // namespace

void require_defined(const Value& value) {
  if (value.is_undefined()) throw TemplateError(value.undefined_reason());
}

Value apply(RenderContext& /*context*/, ast::UnaryOperator op,
            const Value& value) {
  if (op == ast::UnaryOperator::kNot) return Value::boolean(!value.truthy());
  require_defined(value);
  if (!value.is_number()) {
    throw TemplateError("a value of type '" + std::string(value.type_name()) +
                        "' cannot have a sign");
  }
  const bool negate = op == ast::UnaryOperator::kNegate;
  if (value.is_float()) {
    return Value::floating(negate ? -value.as_double() : value.as_double());
  }
  return Value::integer(multiply(value.as_integer(), negate ? -1 : 1));
}

Value apply(RenderContext& context, BinaryOperator op, const Value& left,
            const Value& right) {
  require_defined(left);
  if (left.is_string() && op == BinaryOperator::kModulo) {
    return percent_format(context, left, right);
  }
  require_defined(right);
  if (left.is_integral() && right.is_integral()) {
    return integer_arithmetic(op, left.as_integer(), right.as_integer());
  }
  if (left.is_number() && right.is_number()) {
    return float_arithmetic(op, left.as_double(), right.as_double());
  }
  if (op == BinaryOperator::kAdd) {
    if (left.is_string() && right.is_string()) {
      return add_texts(context, left, right);
    }
    if (same_growable_type(left, right)) {
      return add_sequences(context, left, right);
    }
  }
  if (op == BinaryOperator::kMultiply) {
    if (is_repeatable(left) && right.is_integral()) {
      return repeat(context, left, right.as_integer());
    }
    if (left.is_integral() && is_repeatable(right)) {
      return repeat(context, right, left.as_integer());
    }
  }
  throw TemplateError("'" + std::string(spelling(op)) +
                      "' does not work on values of the types '" +
                      std::string(left.type_name()) + "' and '" +
                      std::string(right.type_name()) + "'");
}

}  // namespace etllm::chat::jinja
