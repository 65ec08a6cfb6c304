#include "chat/template/text_search.h"

#include <algorithm>
#include <string>
#include <vector>

namespace etllm::chat::jinja {
namespace {

constexpr std::size_t kLongestNaivePart = 16;

// For every prefix of `part`: the length of its longest proper suffix that is
// a prefix too (Knuth, Morris and Pratt).
std::vector<std::size_t> border_lengths(std::string_view part) {
  std::vector<std::size_t> borders(part.size(), 0);
  std::size_t matched = 0;
  for (std::size_t i = 1; i < part.size(); ++i) {
    while (matched > 0 && part[i] != part[matched]) {
      matched = borders[matched - 1];
    }
    if (part[i] == part[matched]) ++matched;
    borders[i] = matched;
  }
  return borders;
}

}  // namespace

std::size_t find_text(std::string_view text, std::string_view part,
                      std::size_t from) {
  if (part.size() <= kLongestNaivePart || from >= text.size()) {
    return text.find(part, from);
  }
  const std::vector<std::size_t> borders = border_lengths(part);
  std::size_t matched = 0;
  for (std::size_t i = from; i < text.size(); ++i) {
    while (matched > 0 && text[i] != part[matched]) {
      matched = borders[matched - 1];
    }
    if (text[i] == part[matched]) ++matched;
    if (matched == part.size()) return i + 1 - matched;
  }
  return std::string_view::npos;
}

std::size_t find_last_text(std::string_view text, std::string_view part) {
  if (part.size() <= kLongestNaivePart) return text.rfind(part);
  const std::string backward_text(text.rbegin(), text.rend());
  const std::string backward_part(part.rbegin(), part.rend());
  const std::size_t found = find_text(backward_text, backward_part, 0);
  if (found == std::string_view::npos) return found;
  return text.size() - found - part.size();
}

}  // namespace etllm::chat::jinja
