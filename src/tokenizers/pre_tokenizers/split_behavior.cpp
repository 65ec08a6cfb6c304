#include "tokenizers/pre_tokenizers/split_behavior.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

constexpr auto kBehaviors =
    std::to_array<std::pair<std::string_view, SplitBehavior>>({
        {"Removed", SplitBehavior::kRemoved},
        {"Isolated", SplitBehavior::kIsolated},
        {"MergedWithPrevious", SplitBehavior::kMergedWithPrevious},
        {"MergedWithNext", SplitBehavior::kMergedWithNext},
        {"Contiguous", SplitBehavior::kContiguous},
    });

std::string_view slice(std::string_view text, const Span& span) {
  return text.substr(span.begin, span.end - span.begin);
}

/// Joins a match to the word before it, unless that is a match too.
std::vector<Span> merged_with_previous(const std::vector<Part>& parts) {
  std::vector<Span> spans;
  bool after_match = false;
  for (const Part& part : parts) {
    if (part.is_match && !after_match && !spans.empty()) {
      spans.back().end = part.span.end;
    } else {
      spans.push_back(part.span);
    }
    after_match = part.is_match;
  }
  return spans;
}

std::vector<Span> merged_with_next(const std::vector<Part>& parts) {
  std::vector<Span> spans;
  bool before_match = false;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (part->is_match && !before_match && !spans.empty()) {
      spans.back().begin = part->span.begin;
    } else {
      spans.push_back(part->span);
    }
    before_match = part->is_match;
  }
  std::reverse(spans.begin(), spans.end());
  return spans;
}

std::vector<Span> contiguous(const std::vector<Part>& parts) {
  std::vector<Span> spans;
  bool after_match = false;
  for (const Part& part : parts) {
    if (part.is_match == after_match && !spans.empty()) {
      spans.back().end = part.span.end;
    } else {
      spans.push_back(part.span);
    }
    after_match = part.is_match;
  }
  return spans;
}

}  // namespace

SplitBehavior split_behavior(Fields& fields, const char* name) {
  const std::string value = fields.text(name);
  for (const auto& [text, behavior] : kBehaviors) {
    if (text == value) return behavior;
  }
  fields.fail("the behavior '" + value + "' is not known");
  return SplitBehavior::kIsolated;
}

void append_split(std::string_view text, const std::vector<Part>& parts,
                  SplitBehavior behavior, Words::List& words) {
  const auto append = [&](const std::vector<Span>& spans) {
    for (const Span& span : spans) words.push_back(slice(text, span));
  };
  switch (behavior) {
    case SplitBehavior::kRemoved:
    case SplitBehavior::kIsolated:
      for (const Part& part : parts) {
        if (part.is_match && behavior == SplitBehavior::kRemoved) continue;
        words.push_back(slice(text, part.span));
      }
      return;
    case SplitBehavior::kMergedWithPrevious:
      return append(merged_with_previous(parts));
    case SplitBehavior::kMergedWithNext:
      return append(merged_with_next(parts));
    case SplitBehavior::kContiguous:
      return append(contiguous(parts));
  }
}

void split_at_characters(std::string_view text,
                         const std::function<bool(char32_t)>& is_match,
                         SplitBehavior behavior, Words::List& words) {
  std::vector<Span> matches;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint character = decode_utf8(text.data() + at);
    if (is_match(character.value)) {
      matches.push_back({at, at + character.length});
    }
    at += character.length;
  }
  append_split(text, parts_of(text, matches), behavior, words);
}

}  // namespace tokenizers::pipeline
