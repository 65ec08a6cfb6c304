// The methods of strings.

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "chat/template/arguments.h"
#include "chat/template/brace_format.h"
#include "chat/template/builtins.h"
#include "chat/template/iteration.h"
#include "chat/template/methods.h"
#include "chat/template/string_predicates.h"
#include "chat/template/template_error.h"
#include "chat/template/text_operations.h"
#include "chat/template/text_search.h"
#include "chat/template/to_text.h"
#include "chat/template/unicode.h"

namespace etllm::chat::jinja {
namespace {

template <LetterCase target>
Value change_case(RenderContext& context, const Value& self, Arguments&) {
  return context.text_like(self, in_case(self.text(), target));
}

Value capitalize(RenderContext& context, const Value& self, Arguments&) {
  return context.text_like(self, capitalized(self.text()));
}

Value title(RenderContext& context, const Value& self, Arguments&) {
  return context.text_like(self, titlecased(self.text()));
}

Value swapcase(RenderContext& context, const Value& self, Arguments&) {
  std::string result;
  const std::string& text = self.text();
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    const std::string_view character =
        std::string_view(text).substr(at, c.size);
    if (is_uppercase(c.value)) {
      result += in_case(character, LetterCase::kLower);
    } else if (is_lowercase(c.value)) {
      result += in_case(character, LetterCase::kUpper);
    } else {
      result += character;
    }
    at += c.size;
  }
  return context.text_like(self, std::move(result));
}

template <StripSide side>
Value strip(RenderContext& context, const Value& self, Arguments& arguments) {
  const std::string_view characters =
      arguments.is_set(0) ? arguments.text_or(0, "") : "";
  context.budget().spend_bytes(self.text().size() * characters.size());
  const std::string_view result =
      stripped(self.text(), side, arguments.is_set(0) ? &characters : nullptr);
  return context.text_like(self, std::string(result));
}

Value strings(RenderContext& context,
              const std::vector<std::string_view>& parts,
              SequenceType type = SequenceType::kList) {
  std::vector<Value> values;
  values.reserve(parts.size());
  for (const std::string_view part : parts) {
    values.push_back(context.string(std::string(part)));
  }
  return context.sequence(type, std::move(values));
}

template <bool from_right>
Value split(RenderContext& context, const Value& self, Arguments& arguments) {
  const std::int64_t given = arguments.integer_or(1, -1);
  const std::int64_t limit = given < 0 ? kUnlimited : given;
  Budget& budget = context.budget();
  if (!arguments.is_set(0)) {
    return strings(context,
                   split_words(budget, self.text(), limit, from_right));
  }
  const std::string_view separator = arguments.text_or(0, "");
  if (separator.empty()) throw TemplateError("the separator is empty");
  return strings(context,
                 split_at(budget, self.text(), separator, limit, from_right));
}

Value splitlines(RenderContext& context, const Value& self,
                 Arguments& arguments) {
  return strings(context, split_lines(context.budget(), self.text(),
                                      arguments.truth_or(0, false)));
}

template <bool from_right>
Value partition(RenderContext& context, const Value& self,
                Arguments& arguments) {
  const std::string_view separator = arguments.text_or(0, "");
  if (separator.empty()) throw TemplateError("the separator is empty");
  std::vector<std::string_view> parts =
      split_at(context.budget(), self.text(), separator, 1, from_right);
  if (parts.size() == 2) {
    parts.insert(parts.begin() + 1, separator);
  } else if (from_right) {
    parts.insert(parts.begin(), 2, "");
  } else {
    parts.resize(3);
  }
  return strings(context, parts, SequenceType::kTuple);
}

// The part of the text between the optional arguments `start` and `end`, and
// the index of its first character.
struct Window {
  std::string_view text;
  std::int64_t first = 0;
  bool valid = true;
};

Window window(const Value& self, const Arguments& arguments) {
  const std::string_view text = self.text();
  if (!arguments.is_set(1) && !arguments.is_set(2)) return {text};
  const auto length = static_cast<std::int64_t>(count_code_points(text));
  const auto clamp = [&](std::size_t index, std::int64_t fallback) {
    if (!arguments.is_set(index)) return fallback;
    const std::int64_t bound = arguments.integer_or(index, fallback);
    return bound < 0 ? std::max<std::int64_t>(bound + length, 0) : bound;
  };
  const std::int64_t start = clamp(1, 0);
  const std::int64_t end = std::min(clamp(2, length), length);
  if (start > end) return {"", start, false};
  const std::size_t from = byte_position(text, static_cast<std::size_t>(start));
  const std::size_t to = byte_position(text, static_cast<std::size_t>(end));
  return {text.substr(from, to - from), start};
}

template <bool from_right>
Value find(RenderContext& /*context*/, const Value& self,
           Arguments& arguments) {
  const Window part = window(self, arguments);
  const std::string_view wanted = arguments.text_or(0, "");
  const std::size_t found = from_right ? find_last_text(part.text, wanted)
                                       : find_text(part.text, wanted, 0);
  if (!part.valid || found == std::string_view::npos) {
    return Value::integer(-1);
  }
  const auto characters = count_code_points(part.text.substr(0, found));
  return Value::integer(part.first + static_cast<std::int64_t>(characters));
}

template <bool from_right>
Value index(RenderContext& context, const Value& self, Arguments& arguments) {
  Value found = find<from_right>(context, self, arguments);
  if (found.as_integer() < 0) throw TemplateError("the substring is missing");
  return found;
}

Value count(RenderContext& /*context*/, const Value& self,
            Arguments& arguments) {
  const Window part = window(self, arguments);
  const std::string_view wanted = arguments.text_or(0, "");
  if (!part.valid) return Value::integer(0);
  if (wanted.empty()) {
    return Value::integer(
        static_cast<std::int64_t>(count_code_points(part.text)) + 1);
  }
  std::int64_t found = 0;
  for (std::size_t at = find_text(part.text, wanted, 0);
       at != std::string_view::npos;
       at = find_text(part.text, wanted, at + wanted.size())) {
    ++found;
  }
  return Value::integer(found);
}

template <bool at_end>
bool has_affix(Budget& budget, std::string_view text, const Value& affix) {
  if (!affix.is_string()) {
    throw TemplateError("a prefix or suffix must be a string");
  }
  budget.spend_bytes(affix.text().size());
  return at_end ? text.ends_with(affix.text()) : text.starts_with(affix.text());
}

template <bool at_end>
Value with_affix(RenderContext& context, const Value& self,
                 Arguments& arguments) {
  const Window part = window(self, arguments);
  if (!part.valid) return Value::boolean(false);
  const Value& affix = arguments[0];
  if (!affix.is_tuple()) {
    return Value::boolean(
        has_affix<at_end>(context.budget(), part.text, affix));
  }
  return Value::boolean(std::any_of(
      affix.items().begin(), affix.items().end(), [&](const Value& candidate) {
        return has_affix<at_end>(context.budget(), part.text, candidate);
      }));
}

template <bool at_end>
Value remove_affix(RenderContext& context, const Value& self,
                   Arguments& arguments) {
  std::string_view text = self.text();
  const std::string_view affix = arguments.text_or(0, "");
  if (!at_end && text.starts_with(affix)) text.remove_prefix(affix.size());
  if (at_end && text.ends_with(affix)) text.remove_suffix(affix.size());
  return context.text_like(self, std::string(text));
}

Value replace(RenderContext& context, const Value& self, Arguments& arguments) {
  const std::int64_t limit = arguments.integer_or(2, -1);
  const auto part = [&](std::size_t i) {
    const std::string_view text = arguments.text_or(i, "");
    const bool escapes = self.is_markup() && !arguments[i].is_markup();
    return escapes ? html_escaped(text) : std::string(text);
  };
  return context.text_like(
      self, replaced(context.budget(), self.text(), part(0), part(1),
                     limit < 0 ? kUnlimited : limit));
}

Value join(RenderContext& context, const Value& self, Arguments& arguments) {
  std::string text;
  bool first = true;
  for (const Value& item : iterate(context.budget(), arguments[0])) {
    if (!item.is_string()) {
      throw TemplateError("only strings can be joined, not a value of type '" +
                          std::string(item.type_name()) + "'");
    }
    if (!first) text += self.text();
    first = false;
    const bool escapes = self.is_markup() && !item.is_markup();
    text += escapes ? html_escaped(item.text()) : item.text();
    context.budget().spend_bytes(self.text().size() + item.text().size());
  }
  return context.text_like(self, std::move(text));
}

template <StripSide text_side>
Value justify(RenderContext& context, const Value& self, Arguments& arguments) {
  return context.text_like(
      self, padded(context.budget(), self.text(), arguments.integer_or(0, 0),
                   text_side, arguments.text_or(1, " ")));
}

Value zfill(RenderContext& context, const Value& self, Arguments& arguments) {
  const std::string& text = self.text();
  const bool has_sign = text.starts_with('-') || text.starts_with('+');
  const std::size_t sign = has_sign ? 1 : 0;
  const std::int64_t width = arguments.integer_or(0, 0);
  return context.text_like(
      self, text.substr(0, sign) + padded(context.budget(), text.substr(sign),
                                          std::max<std::int64_t>(width, 1) -
                                              static_cast<std::int64_t>(sign),
                                          StripSide::kRight, "0"));
}

Value format(RenderContext& context, const Value& self, Arguments& arguments) {
  return brace_format(context, self, arguments);
}

template <bool (*predicate)(std::string_view)>
Value satisfies(RenderContext&, const Value& self, Arguments&) {
  return Value::boolean(predicate(self.text()));
}

constexpr auto kMethods = std::to_array<ValueFunction>({
    {"capitalize", "", &capitalize},
    {"casefold", "", &change_case<LetterCase::kFolded>},
    {"center", "width fillchar?", &justify<StripSide::kBoth>},
    {"count", "sub start? end?", &count},
    {"endswith", "suffix start? end?", &with_affix<true>},
    {"find", "sub start? end?", &find<false>},
    {"format", "*", &format},
    {"index", "sub start? end?", &index<false>},
    {"isalnum", "", &satisfies<&all_alphanumeric>},
    {"isalpha", "", &satisfies<&all_alphabetic>},
    {"isascii", "", &satisfies<&all_ascii>},
    {"isdecimal", "", &satisfies<&all_decimal>},
    {"isdigit", "", &satisfies<&all_decimal>},
    {"islower", "", &satisfies<&is_lower_text>},
    {"isnumeric", "", &satisfies<&all_numeric>},
    {"isspace", "", &satisfies<&all_whitespace>},
    {"istitle", "", &satisfies<&is_title_text>},
    {"isupper", "", &satisfies<&is_upper_text>},
    {"join", "iterable", &join},
    {"ljust", "width fillchar?", &justify<StripSide::kLeft>},
    {"lower", "", &change_case<LetterCase::kLower>},
    {"lstrip", "chars?", &strip<StripSide::kLeft>},
    {"partition", "sep", &partition<false>},
    {"removeprefix", "prefix", &remove_affix<false>},
    {"removesuffix", "suffix", &remove_affix<true>},
    {"replace", "old new count?", &replace},
    {"rfind", "sub start? end?", &find<true>},
    {"rindex", "sub start? end?", &index<true>},
    {"rjust", "width fillchar?", &justify<StripSide::kRight>},
    {"rpartition", "sep", &partition<true>},
    {"rsplit", "sep? maxsplit?", &split<true>},
    {"rstrip", "chars?", &strip<StripSide::kRight>},
    {"split", "sep? maxsplit?", &split<false>},
    {"splitlines", "keepends?", &splitlines},
    {"startswith", "prefix start? end?", &with_affix<false>},
    {"strip", "chars?", &strip<StripSide::kBoth>},
    {"swapcase", "", &swapcase},
    {"title", "", &title},
    {"upper", "", &change_case<LetterCase::kUpper>},
    {"zfill", "width", &zfill},
});

}  // namespace

const ValueFunction* find_string_method(std::string_view name) {
  return find_by_name(kMethods, name);
}

}  // namespace etllm::chat::jinja
