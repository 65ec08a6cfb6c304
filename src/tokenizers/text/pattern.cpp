#include "tokenizers/text/pattern.h"

#include <cstring>
#include <utility>

namespace tokenizers::pipeline {

etllm::Result<Pattern> Pattern::literal(std::string text) {
  if (text.empty()) return regex("");
  Pattern pattern;
  pattern.literal_ = std::move(text);
  return pattern;
}

etllm::Result<Pattern> Pattern::regex(std::string_view source) {
  auto compiled = Regex::compile(source);
  if (!compiled.ok()) return compiled.status();
  Pattern pattern;
  pattern.regex_ = *std::move(compiled);
  return pattern;
}

etllm::Result<Pattern> Pattern::from_json(Fields& fields, const char* name) {
  const Json& value = fields.value(name);
  if (!fields.status().ok()) return fields.status();
  if (value.is_object() && value.size() == 1) {
    const auto entry = value.begin();
    if (entry->is_string() && entry.key() == "String") {
      return literal(entry->get<std::string>());
    }
    if (entry->is_string() && entry.key() == "Regex") {
      auto pattern = regex(entry->get_ref<const std::string&>());
      if (!pattern.ok()) fields.fail(pattern.status().message());
      return pattern;
    }
  }
  fields.fail(std::string("'") + name + "' is neither a String nor a Regex");
  return fields.status();
}

etllm::Status Pattern::find_all(std::string_view text,
                                std::vector<Span>& matches) const {
  if (regex_.has_value()) return regex_->find_all(text, matches);
  for (std::size_t from = 0; from < text.size();) {
    // Not string_view::find, whose time can be the product of the lengths.
    const void* found = ::memmem(text.data() + from, text.size() - from,
                                 literal_.data(), literal_.size());
    if (found == nullptr) break;
    const auto begin =
        static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    from = begin + literal_.size();
    matches.push_back({begin, from});
  }
  return {};
}

std::vector<Part> parts_of(std::string_view text,
                           const std::vector<Span>& matches) {
  std::vector<Part> parts;
  parts.reserve(2 * matches.size() + 1);
  std::size_t end = 0;
  for (const Span& match : matches) {
    if (match.begin > end) parts.push_back({{end, match.begin}, false});
    parts.push_back({match, true});
    end = match.end;
  }
  if (end < text.size()) parts.push_back({{end, text.size()}, false});
  return parts;
}

}  // namespace tokenizers::pipeline
