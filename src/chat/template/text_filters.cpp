// Filters that work on text.

#include <algorithm>
#include <array>

#include "chat/template/builtins.h"
#include "chat/template/json_writer.h"
#include "chat/template/operators.h"
#include "chat/template/percent_format.h"
#include "chat/template/template_error.h"
#include "chat/template/text_operations.h"
#include "chat/template/to_text.h"
#include "chat/template/unicode.h"

namespace etllm::chat::jinja {
namespace {

// The input as text, still marked as markup if it was.
Value as_text(RenderContext& context, const Value& input) {
  if (!input.is_string()) {
    return Value::string(to_text(context.budget(), input));
  }
  context.budget().spend_bytes(input.text().size());
  return input;
}

Value to_string(RenderContext& context, const Value& input, Arguments&) {
  return as_text(context, input);
}

Value trim(RenderContext& context, const Value& input, Arguments& arguments) {
  const Value text = as_text(context, input);
  const std::string_view characters =
      arguments.is_set(0) ? arguments.text_or(0, "") : "";
  context.budget().spend_bytes(text.text().size() * characters.size());
  return context.text_like(
      text, std::string(stripped(text.text(), StripSide::kBoth,
                                 arguments.is_set(0) ? &characters : nullptr)));
}

template <LetterCase target>
Value change_case(RenderContext& context, const Value& input, Arguments&) {
  const Value text = as_text(context, input);
  return context.text_like(text, in_case(text.text(), target));
}

Value capitalize(RenderContext& context, const Value& input, Arguments&) {
  const Value text = as_text(context, input);
  return context.text_like(text, capitalized(text.text()));
}

// Unlike `str.title()`, words begin after spaces, hyphens and brackets only.
Value title(RenderContext& context, const Value& input, Arguments&) {
  const Value source = as_text(context, input);
  const std::string_view text = source.text();
  std::string result;
  bool in_word = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    const bool separates =
        is_whitespace(c.value) ||
        (c.value < 0x80 && std::string_view("-({[<").find(static_cast<char>(
                               c.value)) != std::string_view::npos);
    result += in_case(text.substr(at, c.size),
                      in_word ? LetterCase::kLower : LetterCase::kUpper);
    in_word = !separates;
    at += c.size;
  }
  return context.text_like(source, std::move(result));
}

Value replace(RenderContext& context, const Value& input,
              Arguments& arguments) {
  Budget& budget = context.budget();
  const std::int64_t limit =
      arguments.is_set(2) ? arguments.integer_or(2, -1) : -1;
  return context.string(
      replaced(budget, to_text(budget, input), to_text(budget, arguments[0]),
               to_text(budget, arguments[1]), limit < 0 ? kUnlimited : limit));
}

Value safe(RenderContext& context, const Value& input, Arguments&) {
  return context.string(to_text(context.budget(), input), true);
}

Value escape(RenderContext& context, const Value& input, Arguments&) {
  if (input.is_markup()) return input;
  return context.string(html_escaped(to_text(context.budget(), input)), true);
}

Value force_escape(RenderContext& context, const Value& input, Arguments&) {
  return context.string(html_escaped(to_text(context.budget(), input)), true);
}

// An indentation is given as a text or as a number of spaces.
std::string indentation(RenderContext& context, const Value& width) {
  if (width.is_string()) return width.text();
  if (!width.is_integral()) {
    throw TemplateError("an indentation must be a number or a text");
  }
  const auto spaces = std::max<std::int64_t>(width.as_integer(), 0);
  context.budget().spend_bytes(static_cast<std::uint64_t>(spaces));
  return std::string(static_cast<std::size_t>(spaces), ' ');
}

Value indent(RenderContext& context, const Value& input, Arguments& arguments) {
  require_defined(input);
  if (!input.is_string()) throw TemplateError("only text can be indented");
  const std::string margin =
      indentation(context, arguments.value_or(0, Value::integer(4)));
  const bool first = arguments.truth_or(1, false);
  const bool blank = arguments.truth_or(2, false);
  const std::string text = input.text() + "\n";
  const std::vector<std::string_view> lines =
      split_lines(context.budget(), text, false);
  std::string result;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) result += "\n";
    const bool indented = i == 0 ? first : blank || !lines[i].empty();
    if (indented) result += margin;
    result += lines[i];
    context.budget().spend_bytes(margin.size());
  }
  return context.text_like(input, std::move(result));
}

Value center(RenderContext& context, const Value& input, Arguments& arguments) {
  const Value text = as_text(context, input);
  return context.text_like(
      text, padded(context.budget(), text.text(), arguments.integer_or(0, 80),
                   StripSide::kBoth, " "));
}

Value truncate(RenderContext& context, const Value& input,
               Arguments& arguments) {
  require_defined(input);
  if (!input.is_string()) throw TemplateError("only text can be truncated");
  const std::string_view text = input.text();
  const std::int64_t length = arguments.integer_or(0, 255);
  const std::string end(arguments.text_or(2, "..."));
  const std::int64_t leeway =
      arguments.is_set(3) ? arguments.integer_or(3, 5) : 5;
  const auto end_length = static_cast<std::int64_t>(count_code_points(end));
  if (length < end_length || leeway < 0 || leeway > kUnlimited - length) {
    throw TemplateError("'truncate' was given a length that is too small");
  }
  context.budget().spend_bytes(text.size());
  const auto characters = static_cast<std::int64_t>(count_code_points(text));
  if (characters <= length + leeway) return input;
  std::string_view kept = text.substr(
      0, byte_position(text, static_cast<std::size_t>(length - end_length)));
  if (!arguments.truth_or(1, false)) kept = kept.substr(0, kept.rfind(' '));
  return context.text_like(input, std::string(kept) + end);
}

Value word_count(RenderContext& context, const Value& input, Arguments&) {
  const Value source = as_text(context, input);
  const std::string& text = source.text();
  std::int64_t words = 0;
  bool in_word = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    const bool is_word = is_word_character(c.value);
    if (is_word && !in_word) ++words;
    in_word = is_word;
    at += c.size;
  }
  return Value::integer(words);
}

Value format(RenderContext& context, const Value& input, Arguments& arguments) {
  const Value text = as_text(context, input);
  if (arguments.named.empty()) {
    return percent_format(context, text,
                          context.tuple(std::move(arguments.positional)));
  }
  if (!arguments.positional.empty()) {
    throw TemplateError(
        "'format' takes values with names or without, not both");
  }
  Dict values;
  for (auto& [name, value] : arguments.named) values.set(name, value);
  return percent_format(context, text, context.dict(std::move(values)));
}

JsonStyle json_style(RenderContext& context, const Arguments& arguments) {
  JsonStyle style;
  style.ascii_only = arguments.truth_or(0, false);
  style.sort_keys = arguments.truth_or(3, false);
  if (arguments.is_set(1)) {
    style.indent = indentation(context, arguments[1]);
    style.item_separator = ",";
  }
  if (arguments.is_set(2)) {
    const Value& separators = arguments[2];
    const bool is_pair = (separators.is_list() || separators.is_tuple()) &&
                         separators.items().size() == 2 &&
                         separators.items()[0].is_string() &&
                         separators.items()[1].is_string();
    if (!is_pair) throw TemplateError("'separators' must be two strings");
    style.item_separator = separators.items()[0].text();
    style.key_separator = separators.items()[1].text();
  }
  return style;
}

Value tojson(RenderContext& context, const Value& input, Arguments& arguments) {
  require_defined(input);
  std::string text =
      to_json(context.budget(), input, json_style(context, arguments));
  return Value::string(std::move(text));
}

constexpr auto kFilters = std::to_array<ValueFunction>({
    {"capitalize", "", &capitalize},
    {"center", "width?", &center},
    {"e", "", &escape},
    {"escape", "", &escape},
    {"forceescape", "", &force_escape},
    {"format", "*", &format},
    {"indent", "width? first? blank?", &indent},
    {"lower", "", &change_case<LetterCase::kLower>},
    {"replace", "old new count?", &replace},
    {"safe", "", &safe},
    {"string", "", &to_string},
    {"title", "", &title},
    {"tojson", "ensure_ascii? indent? separators? sort_keys?", &tojson},
    {"trim", "chars?", &trim},
    {"truncate", "length? killwords? end? leeway?", &truncate},
    {"upper", "", &change_case<LetterCase::kUpper>},
    {"wordcount", "", &word_count},
});

}  // namespace

const ValueFunction* find_text_filter(std::string_view name) {
  return find_by_name(kFilters, name);
}

}  // namespace etllm::chat::jinja
