#include "chat/template/to_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "chat/template/ast.h"
#include "chat/template/runtime_objects.h"
#include "chat/template/template_error.h"
#include "chat/template/unicode.h"

namespace etllm::chat::jinja {
namespace {

// Decimal digits of a positive number, and the power of ten of the first.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

Decimal shortest_decimal(double value) {
  std::array<char, 40> buffer;
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                    std::chars_format::scientific);
  const std::string_view text(buffer.data(), end);
  const std::size_t e = text.find('e');
  Decimal decimal;
  for (const char c : text.substr(0, e)) {
    if (c != '.') decimal.digits += c;
  }
  const char* exponent = text.data() + e + 1;
  if (*exponent == '+') ++exponent;
  std::from_chars(exponent, end, decimal.exponent);
  return decimal;
}

std::string with_exponent(const Decimal& decimal) {
  std::string text = decimal.digits.substr(0, 1);
  if (decimal.digits.size() > 1) text += "." + decimal.digits.substr(1);
  std::array<char, 16> exponent;
  std::snprintf(exponent.data(), exponent.size(), "e%+03d", decimal.exponent);
  return text + exponent.data();
}

std::string without_exponent(const Decimal& decimal) {
  std::string digits = decimal.digits;
  if (decimal.exponent < 0) {
    return "0." + std::string(-decimal.exponent - 1, '0') + digits;
  }
  const auto whole = static_cast<std::size_t>(decimal.exponent) + 1;
  if (digits.size() <= whole) {
    return digits + std::string(whole - digits.size(), '0') + ".0";
  }
  return digits.substr(0, whole) + "." + digits.substr(whole);
}

class Printer {
 public:
  explicit Printer(Budget& budget) : budget_(budget) {}

  void print_repr(const Value& value) {
    const Budget::Level level(budget_);
    if (value.is_string()) {
      add(value.is_markup() ? "Markup(" + quoted(value.text()) + ")"
                            : quoted(value.text()));
    } else if (value.is_undefined()) {
      add("Undefined");
    } else if (value.is_sequence()) {
      print_sequence(value.sequence());
    } else if (value.is_dict()) {
      print_dict(value.dict());
    } else if (const Namespace* target = value.as_namespace()) {
      add("<Namespace ");
      print_dict(target->attributes);
      add(">");
    } else {
      add(scalar_text(value));
    }
  }

  std::string take() { return std::move(text_); }

  static std::string scalar_text(const Value& value) {
    if (value.is_none()) return "None";
    if (value.is_bool()) return value.as_integer() != 0 ? "True" : "False";
    if (value.is_integer()) return std::to_string(value.as_integer());
    if (value.is_float()) return float_to_text(value.as_double());
    if (const LoopState* loop = value.as_loop()) {
      return "<LoopContext " + std::to_string(loop->index + 1) + "/" +
             std::to_string(loop->items.size()) + ">";
    }
    if (const MacroValue* macro = value.as_macro()) {
      return "<Macro " + quoted(macro->definition->name) + ">";
    }
    return "<" + std::string(value.type_name()) + ">";
  }

 private:
  void add(std::string_view text) {
    budget_.spend_bytes(text.size());
    text_ += text;
  }

  void print_items(const std::vector<Value>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) add(", ");
      print_repr(items[i]);
    }
  }

  void print_sequence(const Sequence& sequence) {
    switch (sequence.type) {
      case SequenceType::kList:
        add("[");
        print_items(sequence.items);
        return add("]");
      case SequenceType::kTuple:
        add("(");
        print_items(sequence.items);
        return add(sequence.items.size() == 1 ? ",)" : ")");
      case SequenceType::kRange:
        return print_range(sequence);
      case SequenceType::kIterator:
        return add("<generator object>");
      case SequenceType::kKeys:
        add("dict_keys([");
        break;
      case SequenceType::kValues:
        add("dict_values([");
        break;
      case SequenceType::kItems:
        add("dict_items([");
        break;
    }
    print_items(sequence.items);
    add("])");
  }

  void print_range(const Sequence& range) {
    add("range(" + std::to_string(range.start) + ", " +
        std::to_string(range.stop));
    if (range.step != 1) add(", " + std::to_string(range.step));
    add(")");
  }

  void print_dict(const Dict& dict) {
    add("{");
    bool first = true;
    for (const auto& [key, value] : dict.entries()) {
      if (!first) add(", ");
      first = false;
      print_repr(key);
      add(": ");
      print_repr(value);
    }
    add("}");
  }

  Budget& budget_;
  std::string text_;
};

void append_escaped(std::string& text, char32_t c, unsigned char byte) {
  std::array<char, 16> escape;
  if (c == kInvalidCodePoint) c = byte;
  const char* format = c < 0x100     ? "\\x%02x"
                       : c < 0x10000 ? "\\u%04x"
                                     : "\\U%08x";
  std::snprintf(escape.data(), escape.size(), format, static_cast<unsigned>(c));
  text += escape.data();
}

}  // namespace

std::string to_text(Budget& budget, const Value& value) {
  if (value.is_undefined()) return "";
  if (value.is_string()) {
    budget.spend_bytes(value.text().size());
    return value.text();
  }
  return to_repr(budget, value);
}

std::string to_repr(Budget& budget, const Value& value) {
  Printer printer(budget);
  printer.print_repr(value);
  return printer.take();
}

std::string float_to_text(double value) {
  if (std::isnan(value)) return "nan";
  const std::string sign = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) return sign + "inf";
  const Decimal decimal = shortest_decimal(std::abs(value));
  const bool scientific = decimal.exponent < -4 || decimal.exponent >= 16;
  return sign +
         (scientific ? with_exponent(decimal) : without_exponent(decimal));
}

std::string quoted(std::string_view text) {
  const bool double_quotes = text.find('\'') != std::string_view::npos &&
                             text.find('"') == std::string_view::npos;
  const char quote = double_quotes ? '"' : '\'';
  std::string result(1, quote);
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    if (c.value == '\n') {
      result += "\\n";
    } else if (c.value == '\r') {
      result += "\\r";
    } else if (c.value == '\t') {
      result += "\\t";
    } else if (c.value == '\\' || c.value == static_cast<char32_t>(quote)) {
      result += '\\';
      result += text[at];
    } else if (is_printable(c.value)) {
      result += text.substr(at, c.size);
    } else {
      append_escaped(result, c.value, static_cast<unsigned char>(text[at]));
    }
    at += c.size;
  }
  return result + quote;
}

std::string ascii_only(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    if (c.value < 0x80) {
      result += text[at];
    } else {
      append_escaped(result, c.value, static_cast<unsigned char>(text[at]));
    }
    at += c.size;
  }
  return result;
}

std::string html_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&#34;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

}  // namespace etllm::chat::jinja
