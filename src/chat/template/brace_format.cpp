#include "chat/template/brace_format.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "chat/template/number_format.h"
#include "chat/template/subscript.h"
#include "chat/template/template_error.h"
#include "chat/template/to_text.h"
#include "chat/template/unicode.h"

namespace etllm::chat::jinja {
namespace {

[[noreturn]] void fail_broken() {
  throw TemplateError("the text that 'format' was called on is not a format");
}

bool is_align(char c) { return c == '<' || c == '>' || c == '^' || c == '='; }

FormatSpec parse_spec(std::string_view text) {
  FormatSpec spec;
  std::size_t at = 0;
  const auto peek = [&](std::string_view choices) {
    return at < text.size() && choices.find(text[at]) != std::string_view::npos;
  };
  const std::size_t fill_size = text.empty() ? 0 : decode_utf8(text, 0).size;
  if (fill_size < text.size() && is_align(text[fill_size])) {
    spec.fill = text.substr(0, fill_size);
    spec.align = text[fill_size];
    at = fill_size + 1;
  } else if (!text.empty() && is_align(text[0])) {
    spec.align = text[at++];
  }
  if (peek("+- ")) spec.sign = text[at++];
  if (peek("#")) {
    spec.alternate = true;
    ++at;
  }
  if (peek("0") && spec.align == 0) {
    spec.fill = "0";
    spec.align = '=';
  }
  spec.width = read_format_number(text, at).value_or(0);
  if (peek(",_")) spec.grouping = text[at++];
  if (peek(".")) {
    spec.precision = read_format_number(text, ++at);
    if (!spec.precision) fail_broken();
  }
  if (at < text.size()) spec.type = text[at++];
  if (at != text.size()) fail_broken();
  return spec;
}

class BraceFormatter {
 public:
  BraceFormatter(RenderContext& context, const Value& format,
                 const Arguments& arguments)
      : context_(context),
        format_(format.text()),
        markup_(format.is_markup()),
        arguments_(arguments) {}

  std::string run() {
    while (position_ < format_.size()) {
      const char c = format_[position_++];
      const bool doubled =
          position_ < format_.size() && format_[position_] == c;
      if (c != '{' && c != '}') {
        result_ += c;
      } else if (doubled) {
        result_ += c;
        ++position_;
      } else if (c == '{') {
        read_field();
      } else {
        fail_broken();
      }
    }
    return std::move(result_);
  }

 private:
  void read_field() {
    const std::size_t end = format_.find('}', position_);
    if (end == std::string_view::npos) fail_broken();
    std::string_view field = format_.substr(position_, end - position_);
    position_ = end + 1;
    if (field.find('{') != std::string_view::npos) {
      throw TemplateError("nested fields in a format are not supported");
    }
    std::string_view spec_text;
    const std::size_t colon = field.find(':');
    if (colon != std::string_view::npos) {
      spec_text = field.substr(colon + 1);
      field = field.substr(0, colon);
    }
    char conversion = 0;
    const std::size_t mark = field.find('!');
    if (mark != std::string_view::npos) {
      if (mark + 2 != field.size()) fail_broken();
      conversion = field.back();
      field = field.substr(0, mark);
    }
    append(lookup(field), conversion, spec_text);
  }

  // `name`, `0` or nothing, followed by `.attribute` and `[key]`.
  Value lookup(std::string_view field) {
    const std::size_t end = std::min(field.find_first_of(".["), field.size());
    Value value = argument(field.substr(0, end));
    field.remove_prefix(end);
    while (!field.empty()) {
      if (field.front() == '.') {
        const std::size_t stop =
            std::min(field.find_first_of(".[", 1), field.size());
        value = get_attribute(context_, value, field.substr(1, stop - 1));
        field.remove_prefix(stop);
      } else {
        const std::size_t stop = field.find(']');
        if (field.front() != '[' || stop == std::string_view::npos) {
          fail_broken();
        }
        value = get_item(context_, value, key_of(field.substr(1, stop - 1)));
        field.remove_prefix(stop + 1);
      }
    }
    return value;
  }

  static std::optional<std::size_t> number_of(std::string_view text) {
    std::size_t number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number);
    const bool complete =
        error == std::errc() && end == text.data() + text.size();
    return complete ? std::optional(number) : std::nullopt;
  }

  static Value key_of(std::string_view text) {
    const auto number = number_of(text);
    return number ? Value::integer(static_cast<std::int64_t>(*number))
                  : Value::string(std::string(text));
  }

  Value argument(std::string_view name) {
    std::optional<std::size_t> index = number_of(name);
    if (name.empty()) {
      index = automatic_++;
      numbered_automatically_ = true;
    } else if (index) {
      numbered_explicitly_ = true;
    }
    if (numbered_automatically_ && numbered_explicitly_) fail_broken();
    if (index && *index < arguments_.positional.size()) {
      return arguments_.positional[*index];
    }
    for (const auto& [key, value] : arguments_.named) {
      if (!index && key == name) return value;
    }
    throw TemplateError("'format' was given no value for '{" +
                        std::string(name) + "}'");
  }

  void append(const Value& value, char conversion, std::string_view spec_text) {
    const std::string text = formatted(value, conversion, spec_text);
    const bool escapes = markup_ && !value.is_markup();
    result_ += escapes ? html_escaped(text) : text;
  }

  std::string formatted(const Value& value, char conversion,
                        std::string_view spec_text) {
    Budget& budget = context_.budget();
    const FormatSpec spec = parse_spec(spec_text);
    const bool plain_number = value.is_integer() || value.is_float() ||
                              (value.is_bool() && !spec_text.empty());
    if (conversion == 'r') {
      return format_text(budget, to_repr(budget, value), spec);
    }
    if (conversion == 'a') {
      return format_text(budget, ascii_only(to_repr(budget, value)), spec);
    }
    if (conversion == 's' || (conversion == 0 && value.is_string())) {
      return format_text(budget, to_text(budget, value), spec);
    }
    if (conversion != 0) fail_broken();
    if (plain_number) return format_number(budget, value, spec);
    if (spec_text.empty()) return to_text(budget, value);
    throw TemplateError("a value of type '" + std::string(value.type_name()) +
                        "' takes no format");
  }

  RenderContext& context_;
  std::string_view format_;
  bool markup_;
  const Arguments& arguments_;
  std::size_t position_ = 0;
  std::size_t automatic_ = 0;
  bool numbered_automatically_ = false;
  bool numbered_explicitly_ = false;
  std::string result_;
};

}  // namespace

Value brace_format(RenderContext& context, const Value& format,
                   const Arguments& arguments) {
  context.budget().spend_bytes(format.text().size());
  return context.string(BraceFormatter(context, format, arguments).run(),
                        format.is_markup());
}

}  // namespace etllm::chat::jinja
