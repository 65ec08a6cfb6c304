#include "chat/template/json_writer.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

#include "chat/template/compare.h"
#include "chat/template/merge_sort.h"
#include "chat/template/template_error.h"
#include "chat/template/to_text.h"
#include "chat/template/unicode.h"

namespace etllm::chat::jinja {
namespace {

class JsonWriter {
 public:
  JsonWriter(Budget& budget, const JsonStyle& style)
      : budget_(budget), style_(style) {}

  void write(const Value& value) {
    const Budget::Level level(budget_);
    if (value.is_string()) {
      write_string(value.text());
    } else if (value.is_list() || value.is_tuple()) {
      write_list(value.items());
    } else if (value.is_dict()) {
      write_dict(value.dict());
    } else if (value.is_none() || value.is_number()) {
      add(scalar(value));
    } else {
      throw TemplateError("a value of type '" + std::string(value.type_name()) +
                          "' cannot be written as JSON");
    }
  }

  std::string take() { return std::move(text_); }

 private:
  void add(std::string_view text) {
    budget_.spend_bytes(text.size());
    text_ += text;
  }

  static std::string scalar(const Value& value) {
    if (value.is_none()) return "null";
    if (value.is_bool()) return value.as_integer() != 0 ? "true" : "false";
    if (value.is_integer()) return std::to_string(value.as_integer());
    const double number = value.as_double();
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
    return float_to_text(number);
  }

  void start_line() {
    if (!style_.indent) return;
    add("\n");
    for (int i = 0; i < depth_; ++i) add(*style_.indent);
  }

  // Writes one bracketed list of `count` elements.
  template <typename WriteElement>
  void write_elements(std::string_view open, std::string_view close,
                      std::size_t count, WriteElement write_element) {
    add(open);
    ++depth_;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) add(style_.item_separator);
      start_line();
      write_element(i);
    }
    --depth_;
    if (count > 0) start_line();
    add(close);
  }

  void write_list(const std::vector<Value>& items) {
    write_elements("[", "]", items.size(),
                   [&](std::size_t i) { write(items[i]); });
  }

  void write_dict(const Dict& dict) {
    std::vector<Dict::Entry> entries = dict.entries();
    if (style_.sort_keys) {
      merge_sort(entries, [&](const Dict::Entry& a, const Dict::Entry& b) {
        return less_than(budget_, a.first, b.first);
      });
    }
    write_elements("{", "}", entries.size(), [&](std::size_t i) {
      write_key(entries[i].first);
      add(style_.key_separator);
      write(entries[i].second);
    });
  }

  void write_key(const Value& key) {
    if (key.is_string()) return write_string(key.text());
    if (!key.is_none() && !key.is_number()) {
      throw TemplateError("a value of type '" + std::string(key.type_name()) +
                          "' cannot be a key in JSON");
    }
    add("\"" + scalar(key) + "\"");
  }

  void write_string(std::string_view text) {
    std::string result = "\"";
    for (std::size_t at = 0; at < text.size();) {
      const CodePoint c = decode_utf8(text, at);
      append_character(result, c.value, text.substr(at, c.size));
      at += c.size;
    }
    add(result + "\"");
  }

  void append_character(std::string& result, char32_t c,
                        std::string_view bytes) const {
    constexpr std::string_view kEscaped = "\"\\\n\r\t\f\b";
    constexpr std::string_view kEscapes = "\"\\nrtfb";
    const std::size_t special =
        c < 0x80 ? kEscaped.find(static_cast<char>(c)) : std::string_view::npos;
    if (special != std::string_view::npos) {
      result += '\\';
      result += kEscapes[special];
    } else if (c < 0x20 || (style_.ascii_only && c > 0x7E && c <= 0x10FFFF)) {
      append_code_units(result, c);
    } else {
      result += bytes;
    }
  }

  static void append_code_units(std::string& result, char32_t c) {
    const auto append = [&](unsigned unit) {
      std::array<char, 8> escape;
      std::snprintf(escape.data(), escape.size(), "\\u%04x", unit & 0xFFFF);
      result += escape.data();
    };
    if (c > 0xFFFF) {
      append(0xD800 + ((c - 0x10000) >> 10));
      c = 0xDC00 + ((c - 0x10000) & 0x3FF);
    }
    append(c);
  }

  Budget& budget_;
  const JsonStyle& style_;
  int depth_ = 0;
  std::string text_;
};

}  // namespace

std::string to_json(Budget& budget, const Value& value,
                    const JsonStyle& style) {
  JsonWriter writer(budget, style);
  writer.write(value);
  return writer.take();
}

}  // namespace etllm::chat::jinja
