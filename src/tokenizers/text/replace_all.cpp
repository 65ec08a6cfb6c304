#include "tokenizers/text/replace_all.h"

#include <utility>
#include <vector>

namespace tokenizers::pipeline {

etllm::Status replace_all(const Pattern& pattern, std::string_view content,
                          std::string& text) {
  std::vector<Span> matches;
  const etllm::Status found = pattern.find_all(text, matches);
  if (!found.ok() || matches.empty()) return found;
  std::string result;
  result.reserve(text.size() + matches.size() * content.size());
  for (const Part& part : parts_of(text, matches)) {
    if (part.is_match) {
      result += content;
    } else {
      result.append(text, part.span.begin, part.span.end - part.span.begin);
    }
  }
  text = std::move(result);
  return {};
}

}  // namespace tokenizers::pipeline
