// Filters that work on numbers.

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "chat/template/builtins.h"
#include "chat/template/operators.h"
#include "chat/template/template_error.h"
#include "chat/template/text_operations.h"

namespace etllm::chat::jinja {
namespace {

// Digits as Python's `int()` and `float()` read them: without the whitespace
// around them and the single underscores between them.
std::optional<std::string> clean_digits(std::string_view text) {
  text = stripped(text, StripSide::kBoth, nullptr);
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto is_word = [&](std::size_t at) {
      return at < text.size() &&
             std::isalnum(static_cast<unsigned char>(text[at])) != 0;
    };
    if (text[i] != '_') {
      digits += text[i];
    } else if (i == 0 || !is_word(i - 1) || !is_word(i + 1)) {
      return std::nullopt;
    }
  }
  return digits;
}

// Removes "0x" and the like where it fits the base, which 0 leaves open.
int remove_base_prefix(std::string_view& digits, int base) {
  const bool has_prefix = digits.size() > 1 && digits[0] == '0';
  const char letter = has_prefix ? static_cast<char>(digits[1] | 0x20) : ' ';
  const int named = letter == 'x'   ? 16
                    : letter == 'o' ? 8
                    : letter == 'b' ? 2
                                    : 0;
  if (named == 0 || (base != 0 && base != named)) return base == 0 ? 10 : base;
  digits.remove_prefix(2);
  return named;
}

std::optional<std::int64_t> parse_integer(std::string_view text, int base) {
  const std::optional<std::string> clean = clean_digits(text);
  if (!clean) return std::nullopt;
  std::string_view digits = *clean;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  base = remove_base_prefix(digits, base);
  std::uint64_t magnitude = 0;
  const auto [end, error] = std::from_chars(
      digits.data(), digits.data() + digits.size(), magnitude, base);
  if (end != digits.data() + digits.size() || digits.empty()) {
    return std::nullopt;
  }
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  if (error != std::errc() || magnitude > kLargest) {
    throw TemplateError("an integer does not fit into 64 bits");
  }
  const auto value = static_cast<std::int64_t>(magnitude);
  return negative ? -value : value;
}

std::optional<double> parse_float(std::string_view text) {
  const std::optional<std::string> clean = clean_digits(text);
  if (!clean) return std::nullopt;
  std::string_view digits = *clean;
  if (digits.starts_with('+') && !digits.starts_with("+-")) {
    digits.remove_prefix(1);
  }
  double value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool complete = end == digits.data() + digits.size() &&
                        !digits.empty() && digits.back() != ')';
  if (!complete || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    const bool is_tiny = digits.find("e-") != std::string_view::npos ||
                         digits.find("E-") != std::string_view::npos;
    const double magnitude =
        is_tiny ? 0.0 : std::numeric_limits<double>::infinity();
    return digits.front() == '-' ? -magnitude : magnitude;
  }
  return value;
}

std::optional<double> as_float(const Value& input) {
  require_defined(input);
  if (input.is_number()) return input.as_double();
  return input.is_string() ? parse_float(input.text()) : std::nullopt;
}

Value to_integer(RenderContext& context, const Value& input,
                 Arguments& arguments) {
  if (input.is_string()) {
    context.budget().spend_bytes(input.text().size());
    const std::int64_t base = arguments.integer_or(1, 10);
    const bool is_base = base == 0 || (base >= 2 && base <= 36);
    const auto value = is_base
                           ? parse_integer(input.text(), static_cast<int>(base))
                           : std::nullopt;
    if (value) return Value::integer(*value);
  }
  if (input.is_integral()) return Value::integer(input.as_integer());
  const std::optional<double> number = as_float(input);
  if (!number || !std::isfinite(*number)) {
    return arguments.value_or(0, Value::integer(0));
  }
  const double whole = std::trunc(*number);
  if (!(std::abs(whole) < 9223372036854775808.0)) {
    throw TemplateError("an integer does not fit into 64 bits");
  }
  return Value::integer(static_cast<std::int64_t>(whole));
}

Value to_float(RenderContext& context, const Value& input,
               Arguments& arguments) {
  if (input.is_string()) context.budget().spend_bytes(input.text().size());
  const std::optional<double> number = as_float(input);
  return number ? Value::floating(*number)
                : arguments.value_or(0, Value::floating(0));
}

Value absolute(RenderContext& context, const Value& input, Arguments&) {
  require_defined(input);
  if (!input.is_number()) throw TemplateError("'abs' needs a number");
  if (input.is_float()) return Value::floating(std::abs(input.as_double()));
  const bool negative = input.as_integer() < 0;
  return apply(
      context,
      negative ? ast::UnaryOperator::kNegate : ast::UnaryOperator::kPlus,
      input);
}

// Rounds half to even in decimal notation, as Python does.
double rounded_to_digits(double value, std::int64_t digits) {
  constexpr std::int64_t kMostDigits = 323;
  if (!std::isfinite(value) || digits > kMostDigits) return value;
  if (digits < -308) return std::copysign(0.0, value);
  if (digits >= 0) {
    std::array<char, 700> buffer;
    const auto [end, error] =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                      std::chars_format::fixed, static_cast<int>(digits));
    double result = 0;
    std::from_chars(buffer.data(), end, result);
    return result;
  }
  const double scale = std::pow(10.0, static_cast<double>(-digits));
  return std::nearbyint(value / scale) * scale;
}

Value round_integer(std::int64_t value, std::int64_t digits) {
  if (digits >= 0) return Value::integer(value);
  if (digits < -18) return Value::integer(0);
  std::int64_t scale = 1;
  for (std::int64_t i = digits; i < 0; ++i) scale *= 10;
  std::int64_t quotient = value / scale;
  const std::int64_t remainder = std::abs(value % scale);
  const bool up =
      remainder * 2 > scale || (remainder * 2 == scale && quotient % 2 != 0);
  if (up) quotient += value < 0 ? -1 : 1;
  return Value::integer(quotient * scale);
}

Value round_number(RenderContext&, const Value& input, Arguments& arguments) {
  require_defined(input);
  const std::int64_t digits = arguments.integer_or(0, 0);
  const std::string_view method = arguments.text_or(1, "common");
  if (method != "common" && method != "ceil" && method != "floor") {
    throw TemplateError("'round' knows the methods common, ceil and floor");
  }
  if (!input.is_number()) throw TemplateError("'round' needs a number");
  if (method == "common") {
    return input.is_integral()
               ? round_integer(input.as_integer(), digits)
               : Value::floating(rounded_to_digits(input.as_double(), digits));
  }
  if (std::abs(digits) > 300) throw TemplateError("'round' has a limit of 300");
  const double scale = std::pow(10.0, static_cast<double>(digits));
  const double scaled = input.as_double() * scale;
  const double whole =
      method == "ceil" ? std::ceil(scaled) : std::floor(scaled);
  return Value::floating(whole / scale);
}

constexpr auto kFilters = std::to_array<ValueFunction>({
    {"abs", "", &absolute},
    {"float", "default?", &to_float},
    {"int", "default? base?", &to_integer},
    {"round", "precision? method?", &round_number},
});

}  // namespace

const ValueFunction* find_number_filter(std::string_view name) {
  return find_by_name(kFilters, name);
}

}  // namespace etllm::chat::jinja
