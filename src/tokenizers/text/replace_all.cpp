#include "tokenizers/text/replace_all.h"

#include <utility>
#include <vector>

#include "tokenizers/text/limits.h"

namespace tokenizers::pipeline {

etllm::Status replace_all(const Pattern& pattern, std::string_view content,
                          std::string& text) {
  std::vector<Span> matches;
  const etllm::Status found = pattern.find_all(text, matches);
  if (!found.ok() || matches.empty()) return found;
  // No overflow: both factors are sizes of things in memory, below 2^32.
  const std::size_t added = matches.size() * content.size();
  if (added > grown_limit(text.size())) return grows_too_long();
  std::string result;
  result.reserve(text.size() + added);
  std::size_t done = 0;
  for (const Span& match : matches) {
    result.append(text, done, match.begin - done);
    result += content;
    done = match.end;
  }
  result.append(text, done);
  text = std::move(result);
  return {};
}

}  // namespace tokenizers::pipeline
