#include "chat/template/number_format.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "chat/template/template_error.h"
#include "chat/template/text_operations.h"
#include "chat/template/to_text.h"
#include "chat/template/unicode.h"

namespace etllm::chat::jinja {
namespace {

std::string pad(Budget& budget, std::string_view text, const FormatSpec& spec,
                char default_align) {
  const char align = spec.align != 0 ? spec.align : default_align;
  if (align == '^') {
    // The odd fill character goes to the right here, unlike in str.center.
    const auto length = static_cast<int>(count_code_points(text));
    const int left = std::max(0, (spec.width - length) / 2);
    const std::string padded_left =
        padded(budget, text, length + left, StripSide::kRight, spec.fill);
    return padded(budget, padded_left, spec.width, StripSide::kLeft, spec.fill);
  }
  const StripSide side = align == '<' ? StripSide::kLeft : StripSide::kRight;
  return padded(budget, text, spec.width, side, spec.fill);
}

std::string grouped(std::string digits, char separator, std::size_t size) {
  if (separator == 0) return digits;
  const std::size_t point = std::min(
      digits.find_first_not_of("0123456789abcdefABCDEF"), digits.size());
  for (std::size_t at = point; at > size;) {
    at -= size;
    digits.insert(at, 1, separator);
  }
  return digits;
}

std::string integer_digits(std::uint64_t magnitude, int base, bool upper) {
  std::array<char, 64> buffer;
  const auto [end, error] = std::to_chars(
      buffer.data(), buffer.data() + buffer.size(), magnitude, base);
  std::string digits(buffer.data(), end);
  return upper ? in_case(digits, LetterCase::kUpper) : digits;
}

std::string printed_float(double magnitude, int precision, char type) {
  const char kind = static_cast<char>(type | 0x20);
  const std::chars_format notation = kind == 'f' ? std::chars_format::fixed
                                     : kind == 'e'
                                         ? std::chars_format::scientific
                                         : std::chars_format::general;
  // The digits of the largest number and of the longest fraction.
  std::array<char, 320 + kMaxFormatPrecision> buffer;
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude,
                    notation, precision);
  const std::string_view digits(buffer.data(), end);
  return kind == type ? std::string(digits)
                      : in_case(digits, LetterCase::kUpper);
}

std::string float_digits(double magnitude, const FormatSpec& spec) {
  if (spec.alternate) {
    throw TemplateError("'#' in the format of a float is not supported");
  }
  const int precision = spec.precision.value_or(6);
  if (spec.type == '%') {
    return printed_float(magnitude * 100, precision, 'f') + "%";
  }
  if (spec.type == 0 && !spec.precision) return float_to_text(magnitude);
  const char type = spec.type == 0 ? 'g' : spec.type;
  const std::string digits = printed_float(magnitude, precision, type);
  // Without a type the number keeps looking like a float.
  const bool looks_integral = digits.find_first_of(".en") == std::string::npos;
  return spec.type == 0 && looks_integral ? digits + ".0" : digits;
}

// The sign, or the prefix of a base, and the digits, at a common width.
std::string assemble(Budget& budget, const std::string& prefix,
                     const std::string& digits, const FormatSpec& spec) {
  if (spec.align != '=') return pad(budget, prefix + digits, spec, '>');
  const int rest = spec.width - static_cast<int>(prefix.size());
  return prefix + padded(budget, digits, rest, StripSide::kRight, spec.fill);
}

std::string sign_of(bool negative, const FormatSpec& spec) {
  if (negative) return "-";
  return spec.sign == '+' || spec.sign == ' ' ? std::string(1, spec.sign) : "";
}

std::string format_integer(Budget& budget, std::int64_t value,
                           const FormatSpec& spec) {
  const auto bits = static_cast<std::uint64_t>(value);
  const std::uint64_t magnitude = value < 0 ? 0 - bits : bits;
  std::string prefix = sign_of(value < 0, spec);
  int base = 10;
  if (spec.type == 'x' || spec.type == 'X') base = 16;
  if (spec.type == 'o') base = 8;
  if (spec.type == 'b') base = 2;
  if (spec.alternate && base != 10) prefix += std::string("0") + spec.type;
  const std::string digits = integer_digits(magnitude, base, spec.type == 'X');
  return assemble(budget, prefix,
                  grouped(digits, spec.grouping, base == 10 ? 3 : 4), spec);
}

}  // namespace

std::optional<int> read_format_number(std::string_view text,
                                      std::size_t& position) {
  int number = 0;
  const char* const start = text.data() + position;
  const auto [end, error] =
      std::from_chars(start, text.data() + text.size(), number);
  if (end == start || *start == '-') return std::nullopt;
  if (error != std::errc() || number > kMaxFormatWidth) {
    throw TemplateError("a number in a format is too large");
  }
  position += static_cast<std::size_t>(end - start);
  return number;
}

std::string format_number(Budget& budget, const Value& value,
                          const FormatSpec& spec) {
  if (spec.precision.value_or(0) > kMaxFormatPrecision) {
    throw TemplateError("a format asks for too many digits");
  }
  constexpr std::string_view kFloatTypes = "fFeEgG%";
  constexpr std::string_view kIntegerTypes = "dnxXob";
  const bool float_type =
      spec.type != 0 && kFloatTypes.find(spec.type) != std::string_view::npos;
  const bool integer_type =
      spec.type != 0 && kIntegerTypes.find(spec.type) != std::string_view::npos;
  const bool known = spec.type == 0 || float_type || integer_type;
  if (!known || (value.is_float() && integer_type)) {
    throw TemplateError(std::string("the format '") + spec.type +
                        "' does not fit a value of type '" +
                        std::string(value.type_name()) + "'");
  }
  if (value.is_integral() && !float_type) {
    if (spec.precision) {
      throw TemplateError("a format for integers has no precision");
    }
    return format_integer(budget, value.as_integer(), spec);
  }
  const double number = value.as_double();
  const std::string digits = float_digits(std::abs(number), spec);
  return assemble(budget, sign_of(std::signbit(number), spec),
                  grouped(digits, spec.grouping, 3), spec);
}

std::string format_text(Budget& budget, std::string_view text,
                        const FormatSpec& spec) {
  const bool for_numbers = spec.sign != 0 || spec.alternate ||
                           spec.align == '=' || spec.grouping != 0;
  if (for_numbers || (spec.type != 0 && spec.type != 's')) {
    throw TemplateError("a format for numbers does not fit a string");
  }
  if (spec.precision) {
    const auto characters = static_cast<std::size_t>(*spec.precision);
    text = text.substr(0, byte_position(text, characters));
  }
  return pad(budget, text, spec, '<');
}

}  // namespace etllm::chat::jinja
