#include "chat/template/text_operations.h"

#include <algorithm>

#include "chat/template/template_error.h"
#include "chat/template/text_search.h"
#include "chat/template/unicode.h"

namespace etllm::chat::jinja {
namespace {

bool is_strippable(std::string_view text, std::size_t at, CodePoint c,
                   const std::string_view* characters) {
  if (characters == nullptr) return is_whitespace(c.value);
  return characters->find(text.substr(at, c.size)) != std::string_view::npos;
}

bool is_line_end(char32_t c) {
  return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 ||
         c == 0x2028 || c == 0x2029;
}

}  // namespace

std::string_view stripped(std::string_view text, StripSide side,
                          const std::string_view* characters) {
  while (side != StripSide::kRight && !text.empty()) {
    const CodePoint first = decode_utf8(text, 0);
    if (!is_strippable(text, 0, first, characters)) break;
    text.remove_prefix(first.size);
  }
  while (side != StripSide::kLeft && !text.empty()) {
    const CodePoint last = decode_utf8_before(text, text.size());
    const std::size_t at = text.size() - last.size;
    if (!is_strippable(text, at, last, characters)) break;
    text.remove_suffix(last.size);
  }
  return text;
}

std::string replaced(Budget& budget, std::string_view text,
                     std::string_view old_part, std::string_view new_part,
                     std::int64_t limit) {
  std::string result;
  std::size_t at = 0;
  budget.spend_bytes(text.size() + old_part.size());
  for (std::int64_t done = 0; done < limit; ++done) {
    const std::size_t found = find_text(text, old_part, at);
    if (found == std::string_view::npos) break;
    budget.spend_bytes(new_part.size());
    result += text.substr(at, found - at);
    result += new_part;
    at = found + old_part.size();
    if (!old_part.empty()) continue;
    // An empty part is found before every character and at the end.
    if (at >= text.size()) return result;
    const std::size_t size = decode_utf8(text, at).size;
    result += text.substr(at, size);
    at += size;
  }
  result += text.substr(std::min(at, text.size()));
  return result;
}

std::vector<std::string_view> split_at(Budget& budget, std::string_view text,
                                       std::string_view separator,
                                       std::int64_t limit, bool from_right) {
  std::vector<std::string_view> parts;
  while (static_cast<std::int64_t>(parts.size()) < limit) {
    const std::size_t found = from_right ? find_last_text(text, separator)
                                         : find_text(text, separator, 0);
    if (found == std::string_view::npos) break;
    const std::string_view before = text.substr(0, found);
    const std::string_view after = text.substr(found + separator.size());
    budget.spend_bytes(sizeof(std::string_view));
    parts.emplace_back(from_right ? after : before);
    text = from_right ? before : after;
  }
  parts.emplace_back(text);
  if (from_right) std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<std::string_view> split_words(Budget& budget, std::string_view text,
                                          std::int64_t limit, bool from_right) {
  const StripSide near = from_right ? StripSide::kRight : StripSide::kLeft;
  std::vector<std::string_view> words;
  text = stripped(text, near, nullptr);
  while (!text.empty() && static_cast<std::int64_t>(words.size()) < limit) {
    std::size_t end = from_right ? text.size() : 0;
    while (from_right ? end > 0 : end < text.size()) {
      const CodePoint c =
          from_right ? decode_utf8_before(text, end) : decode_utf8(text, end);
      if (is_whitespace(c.value)) break;
      end = from_right ? end - c.size : end + c.size;
    }
    budget.spend_bytes(sizeof(std::string_view));
    words.emplace_back(from_right ? text.substr(end) : text.substr(0, end));
    text = from_right ? text.substr(0, end) : text.substr(end);
    text = stripped(text, near, nullptr);
  }
  // The rest keeps the whitespace at its far end.
  if (!text.empty()) words.emplace_back(text);
  if (from_right) std::reverse(words.begin(), words.end());
  return words;
}

std::vector<std::string_view> split_lines(Budget& budget, std::string_view text,
                                          bool keep_ends) {
  std::vector<std::string_view> lines;
  std::size_t start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    std::size_t end = at + c.size;
    if (is_line_end(c.value)) {
      if (c.value == '\r' && end < text.size() && text[end] == '\n') ++end;
      budget.spend_bytes(sizeof(std::string_view));
      lines.emplace_back(text.substr(start, (keep_ends ? end : at) - start));
      start = end;
    }
    at = end;
  }
  if (start < text.size()) lines.emplace_back(text.substr(start));
  return lines;
}

std::string padded(Budget& budget, std::string_view text, std::int64_t width,
                   StripSide text_side, std::string_view fill) {
  if (count_code_points(fill) != 1) {
    throw TemplateError("the fill must be one character long");
  }
  const auto length = static_cast<std::int64_t>(count_code_points(text));
  if (width <= length) return std::string(text);
  const auto missing = static_cast<std::uint64_t>(width - length);
  budget.spend_bytes(missing);
  if (fill.size() > 1) budget.spend_bytes(missing * 3);
  std::uint64_t left = 0;
  if (text_side == StripSide::kRight) left = missing;
  if (text_side == StripSide::kBoth) {
    left = missing / 2 + (missing & static_cast<std::uint64_t>(width) & 1);
  }
  std::string result;
  for (std::uint64_t i = 0; i < left; ++i) result += fill;
  result += text;
  for (std::uint64_t i = left; i < missing; ++i) result += fill;
  return result;
}

}  // namespace etllm::chat::jinja
