#include "chat/template/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "chat/template/limits.h"
#include "chat/template/string_literal.h"
#include "chat/template/template_error.h"
#include "chat/template/unicode.h"

namespace etllm::chat::jinja {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string with_unix_newlines(std::string_view source) {
  std::string text;
  text.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') {
      text += source[i];
      continue;
    }
    text += '\n';
    if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
  }
  // The last newline belongs to the file, not to the text.
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

class Lexer {
 public:
  explicit Lexer(std::string_view source)
      : source_(with_unix_newlines(source)) {}

  std::vector<Token> run() {
    while (position_ < source_.size()) read_data_and_tag();
    add(TokenType::kEnd, "");
    return std::move(tokens_);
  }

 private:
  // ---- Moving over the source.

  bool at(std::string_view text) const { return at(position_, text); }
  bool at(std::size_t position, std::string_view text) const {
    return source_.compare(position, text.size(), text) == 0;
  }
  char peek(std::size_t ahead = 0) const {
    const std::size_t index = position_ + ahead;
    return index < source_.size() ? source_[index] : '\0';
  }

  void advance_to(std::size_t position) {
    const auto passed =
        std::string_view(source_).substr(position_, position - position_);
    line_ += static_cast<int>(std::count(passed.begin(), passed.end(), '\n'));
    position_ = position;
  }

  std::size_t after_whitespace(std::size_t position) const {
    while (position < source_.size()) {
      const CodePoint c = decode_utf8(source_, position);
      if (!is_whitespace(c.value)) break;
      position += c.size;
    }
    return position;
  }

  void add(TokenType type, std::string text) {
    Token token;
    token.type = type;
    token.text = std::move(text);
    token.line = line_;
    tokens_.push_back(std::move(token));
  }

  // ---- Text and the beginnings of tags.

  std::size_t next_tag() const {
    for (std::size_t i = position_; i + 1 < source_.size(); ++i) {
      const char second = source_[i + 1];
      if (source_[i] == '{' &&
          (second == '{' || second == '%' || second == '#')) {
        return i;
      }
    }
    return source_.size();
  }

  void read_data_and_tag() {
    const std::size_t tag = next_tag();
    if (tag == source_.size()) {
      add(TokenType::kData, source_.substr(position_));
      advance_to(tag);
      return;
    }
    const char kind = source_[tag + 1];
    add_data_before(tag, tag + 2, kind != '{');
    if (kind == '#') {
      skip_comment();
    } else if (const auto content = raw_content_start();
               kind == '%' && content) {
      read_raw(*content);
    } else {
      read_tag(kind == '%');
    }
  }

  // Adds the text up to `tag`, stripped as the sign at `sign_position` and the
  // line structure ask for, and moves behind the sign.
  void add_data_before(std::size_t tag, std::size_t sign_position,
                       bool can_lstrip) {
    std::size_t end = tag;
    const char sign =
        sign_position < source_.size() ? source_[sign_position] : '\0';
    if (sign == '-') {
      end = position_ + stripped_size(tag);
    } else if (sign != '+' && can_lstrip) {
      end = line_stripped_end(tag);
    }
    if (end > position_) {
      add(TokenType::kData, source_.substr(position_, end - position_));
    }
    advance_to(sign == '-' || sign == '+' ? sign_position + 1 : sign_position);
    line_starting_ = false;
  }

  std::size_t stripped_size(std::size_t end) const {
    while (end > position_) {
      const CodePoint last = decode_utf8_before(source_, end);
      if (!is_whitespace(last.value)) break;
      end -= last.size;
    }
    return end - position_;
  }

  std::size_t line_stripped_end(std::size_t tag) const {
    const std::string_view text(source_.data() + position_, tag - position_);
    const std::size_t newline = text.rfind('\n');
    if (newline == std::string_view::npos && !line_starting_) return tag;
    const std::size_t line_start =
        newline == std::string_view::npos ? position_ : position_ + newline + 1;
    return after_whitespace(line_start) >= tag ? line_start : tag;
  }

  // Moves behind an end tag of `size` bytes and what whitespace control
  // removes after it.
  void finish_tag(std::size_t size, char sign, bool trims_newline) {
    std::size_t end = position_ + size;
    if (sign == '-') {
      end = after_whitespace(end);
    } else if (sign != '+' && trims_newline && at(end, "\n")) {
      ++end;
    }
    line_starting_ = source_[end - 1] == '\n';
    advance_to(end);
  }

  void skip_comment() {
    const std::size_t end = source_.find("#}", position_);
    if (end == std::string::npos) {
      throw TemplateError("a comment '{#' has no end '#}'", line_);
    }
    const char sign = end > position_ ? source_[end - 1] : '\0';
    advance_to(end);
    finish_tag(2, sign, true);
  }

  // ---- {% raw %}

  // Where the text of a raw block starts, if the tag at hand opens one.
  std::optional<std::size_t> raw_content_start() const {
    std::size_t i = after_whitespace(position_);
    if (!at(i, "raw")) return std::nullopt;
    i = after_whitespace(i + 3);
    if (at(i, "%}")) return i + 2;
    if (at(i, "-%}")) return after_whitespace(i + 3);
    return std::nullopt;
  }

  void read_raw(std::size_t content_start) {
    line_starting_ = source_[content_start - 1] == '\n';
    advance_to(content_start);
    for (std::size_t tag = source_.find("{%", position_);
         tag != std::string::npos; tag = source_.find("{%", tag + 1)) {
      std::size_t i = tag + 2;
      if (at(i, "-") || at(i, "+")) ++i;
      i = after_whitespace(i);
      if (!at(i, "endraw")) continue;
      i = after_whitespace(i + 6);
      const bool has_sign = at(i, "-%}") || at(i, "+%}");
      if (!has_sign && !at(i, "%}")) continue;
      add_data_before(tag, tag + 2, true);
      advance_to(i);
      finish_tag(has_sign ? 3 : 2, has_sign ? source_[i] : '\0', true);
      return;
    }
    throw TemplateError("a raw block has no '{% endraw %}'", line_);
  }

  // ---- Inside {{ }} and {% %}

  void read_tag(bool is_block) {
    brackets_.clear();
    add(is_block ? TokenType::kBlockBegin : TokenType::kVariableBegin, "");
    while (true) {
      if (brackets_.empty() && read_end(is_block)) return;
      advance_to(after_whitespace(position_));
      if (position_ >= source_.size()) return;
      if (brackets_.empty() && read_end(is_block)) return;
      read_token();
    }
  }

  bool read_end(bool is_block) {
    const std::string_view end = is_block ? "%}" : "}}";
    const char sign = peek();
    const bool has_sign =
        (sign == '-' || (is_block && sign == '+')) && at(position_ + 1, end);
    if (!has_sign && !at(end)) return false;
    add(is_block ? TokenType::kBlockEnd : TokenType::kVariableEnd, "");
    finish_tag(has_sign ? 3 : 2, has_sign ? sign : '\0', is_block);
    return true;
  }

  void read_token() {
    const char c = peek();
    if (is_digit(c)) return read_number();
    if (c == '\'' || c == '"') return read_string(c);
    const CodePoint first = decode_utf8(source_, position_);
    if (is_word_character(first.value)) return read_name();
    read_operator();
  }

  void read_name() {
    std::size_t end = position_;
    while (end < source_.size()) {
      const CodePoint c = decode_utf8(source_, end);
      if (!is_word_character(c.value)) break;
      end += c.size;
    }
    add(TokenType::kName, source_.substr(position_, end - position_));
    position_ = end;
  }

  void read_string(char quote) {
    std::size_t end = position_ + 1;
    while (end < source_.size() && source_[end] != quote) {
      end += source_[end] == '\\' ? 2 : 1;
    }
    if (end >= source_.size()) {
      throw TemplateError("a string has no closing quote", line_);
    }
    const std::string_view body(source_.data() + position_ + 1,
                                end - position_ - 1);
    add(TokenType::kString, unescape_string_literal(body, line_));
    advance_to(end + 1);
  }

  void read_operator() {
    static constexpr std::array<std::string_view, 26> kOperators = {
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
        "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};
    for (const std::string_view spelling : kOperators) {
      if (!at(spelling)) continue;
      balance(spelling.front());
      add(TokenType::kOperator, std::string(spelling));
      position_ += spelling.size();
      return;
    }
    throw TemplateError(
        "unexpected character '" +
            source_.substr(position_, decode_utf8(source_, position_).size) +
            "' in a tag",
        line_);
  }

  void balance(char bracket) {
    if (bracket == '(') brackets_ += ')';
    if (bracket == '[') brackets_ += ']';
    if (bracket == '{') brackets_ += '}';
    if (bracket != ')' && bracket != ']' && bracket != '}') return;
    if (brackets_.empty() || brackets_.back() != bracket) {
      throw TemplateError(std::string("unexpected '") + bracket + "'", line_);
    }
    brackets_.pop_back();
  }

  // ---- Numbers

  // End of digits with single underscores between them.
  std::size_t after_digits(std::size_t i) const {
    while (i < source_.size() && is_digit(source_[i])) {
      const bool underscore = i + 2 < source_.size() && source_[i + 1] == '_' &&
                              is_digit(source_[i + 2]);
      i += underscore ? 2 : 1;
    }
    return i;
  }

  bool digit_at(std::size_t i) const {
    return i < source_.size() && is_digit(source_[i]);
  }

  // Where the fraction and exponent after the digits end; `digits_end` when
  // the number has neither.
  std::size_t after_fraction(std::size_t digits_end) const {
    std::size_t end = digits_end;
    if (at(end, ".") && digit_at(end + 1)) end = after_digits(end + 1);
    if (at(end, "e") || at(end, "E")) {
      const std::size_t sign = at(end + 1, "+") || at(end + 1, "-") ? 1 : 0;
      if (digit_at(end + 1 + sign)) end = after_digits(end + 1 + sign);
    }
    return end;
  }

  void read_number() {
    const std::size_t digits_end = after_digits(position_);
    const bool after_dot = position_ > 0 && source_[position_ - 1] == '.';
    const std::size_t end = after_dot ? digits_end : after_fraction(digits_end);
    if (end > digits_end) return add_float(end);
    const char prefix = static_cast<char>(peek(1) | 0x20);
    if (peek() == '0' && (prefix == 'x' || prefix == 'o' || prefix == 'b')) {
      const int base = prefix == 'x' ? 16 : prefix == 'o' ? 8 : 2;
      if (add_integer(position_ + 2, after_prefixed(position_ + 2), base)) {
        return;
      }
    }
    std::size_t integer_end = digits_end;
    if (peek() == '0') {
      // A decimal number does not start with a zero; "07" is two numbers.
      integer_end = position_ + 1;
      while (at(integer_end, "0")) ++integer_end;
    }
    add_integer(position_, integer_end, 10);
  }

  std::size_t after_prefixed(std::size_t i) const {
    const auto is_hex = [&](std::size_t at) {
      return at < source_.size() &&
             std::isxdigit(static_cast<unsigned char>(source_[at])) != 0;
    };
    while (is_hex(i) || (at(i, "_") && is_hex(i + 1))) ++i;
    return i;
  }

  std::string digits_between(std::size_t start, std::size_t end) const {
    std::string digits = source_.substr(start, end - start);
    std::erase(digits, '_');
    return digits;
  }

  bool add_integer(std::size_t start, std::size_t end, int base) {
    const std::string digits = digits_between(start, end);
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(
        digits.data(), digits.data() + digits.size(), value, base);
    if (error == std::errc::result_out_of_range) {
      throw TemplateError("the integer " + digits + " is too large", line_);
    }
    if (error != std::errc() || stop != digits.data() + digits.size()) {
      return false;
    }
    add(TokenType::kInteger, digits);
    tokens_.back().integer = value;
    position_ = end;
    return true;
  }

  void add_float(std::size_t end) {
    const std::string digits = digits_between(position_, end);
    add(TokenType::kFloat, digits);
    tokens_.back().floating = parse_float_literal(digits);
    position_ = end;
  }

  std::string source_;
  std::size_t position_ = 0;
  int line_ = 1;
  // Whether the last tag ended with the newline before `position_`.
  bool line_starting_ = true;
  std::string brackets_;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
  if (source.size() > kMaxSourceBytes) {
    throw TemplateError("the template is longer than 1 MiB");
  }
  return Lexer(source).run();
}

}  // namespace etllm::chat::jinja
