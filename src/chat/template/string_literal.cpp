#include "chat/template/string_literal.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

#include "chat/template/template_error.h"
#include "chat/template/unicode.h"

namespace etllm::chat::jinja {
namespace {

constexpr std::string_view kEscapes = "\\'\"abfnrtv";
constexpr std::string_view kEscaped = "\\'\"\a\b\f\n\r\t\v";

class Unescaper {
 public:
  Unescaper(std::string_view body, int line) : body_(body), line_(line) {}

  std::string run() {
    while (position_ < body_.size()) {
      if (body_[position_] != '\\' || position_ + 1 == body_.size()) {
        text_ += body_[position_++];
      } else {
        ++position_;
        read_escape(body_[position_++]);
      }
    }
    return std::move(text_);
  }

 private:
  void read_escape(char kind) {
    const std::size_t simple = kEscapes.find(kind);
    if (simple != std::string_view::npos) {
      text_ += kEscaped[simple];
    } else if (kind >= '0' && kind <= '7') {
      read_octal();
    } else if (kind == 'x' || kind == 'u' || kind == 'U') {
      read_hexadecimal(kind == 'x' ? 2 : kind == 'u' ? 4 : 8);
    } else if (kind == 'N') {
      throw TemplateError("characters by name ('\\N') are not supported",
                          line_);
    } else if (kind != '\n') {
      // An unknown escape stands for itself.
      text_ += '\\';
      text_ += kind;
    }
  }

  void read_octal() {
    --position_;
    char32_t value = 0;
    for (int i = 0; i < 3 && position_ < body_.size(); ++i) {
      const char digit = body_[position_];
      if (digit < '0' || digit > '7') break;
      value = value * 8 + static_cast<char32_t>(digit - '0');
      ++position_;
    }
    append_utf8(text_, value);
  }

  void read_hexadecimal(std::size_t digits) {
    std::uint32_t value = 0;
    const std::string_view rest = body_.substr(position_, digits);
    const auto [stop, error] =
        std::from_chars(rest.data(), rest.data() + rest.size(), value, 16);
    const bool complete = rest.size() == digits && error == std::errc() &&
                          stop == rest.data() + rest.size();
    const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (!complete || value > 0x10FFFF || is_surrogate) {
      throw TemplateError("a string has a broken '\\x' or '\\u' escape", line_);
    }
    append_utf8(text_, value);
    position_ += digits;
  }

  std::string_view body_;
  int line_;
  std::size_t position_ = 0;
  std::string text_;
};

}  // namespace

std::string unescape_string_literal(std::string_view body, int line) {
  return Unescaper(body, line).run();
}

double parse_float_literal(std::string_view digits) {
  double value = 0;
  const auto [stop, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc::result_out_of_range) return value;
  // Out of range means too large or too small; the exponent's sign tells.
  const bool is_tiny = digits.find("e-") != std::string_view::npos ||
                       digits.find("E-") != std::string_view::npos;
  return is_tiny ? 0.0 : std::numeric_limits<double>::infinity();
}

}  // namespace etllm::chat::jinja
