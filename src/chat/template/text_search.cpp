#include "chat/template/text_search.h"

#include <cstddef>
#include <vector>

namespace etllm::chat::jinja {
namespace {

constexpr std::size_t kLongestNaivePart = 16;

// Where `part` begins in `text` for the first time, or the size of the text:
// in linear time, by the algorithm of Knuth, Morris and Pratt. Both arguments
// are begin iterators with sizes, so that a text can be searched backwards.
template <typename Iterator>
std::size_t search(Iterator text, std::size_t text_size, Iterator part,
                   std::size_t part_size) {
  // For every prefix of the part: the length of its longest proper suffix
  // that is a prefix too.
  std::vector<std::size_t> borders(part_size, 0);
  const auto at = [](Iterator start, std::size_t index) {
    return start[static_cast<std::ptrdiff_t>(index)];
  };
  const auto extended = [&](std::size_t matched, char next) {
    while (matched > 0 && next != at(part, matched)) {
      matched = borders[matched - 1];
    }
    return next == at(part, matched) ? matched + 1 : matched;
  };
  for (std::size_t i = 1; i < part_size; ++i) {
    borders[i] = extended(borders[i - 1], at(part, i));
  }
  std::size_t matched = 0;
  for (std::size_t i = 0; i < text_size; ++i) {
    matched = extended(matched, at(text, i));
    if (matched == part_size) return i + 1 - matched;
  }
  return text_size;
}

}  // namespace

std::size_t find_text(std::string_view text, std::string_view part,
                      std::size_t from) {
  if (part.size() <= kLongestNaivePart) return text.find(part, from);
  if (from >= text.size() || part.size() > text.size() - from) {
    return std::string_view::npos;
  }
  const std::string_view rest = text.substr(from);
  const std::size_t found =
      search(rest.data(), rest.size(), part.data(), part.size());
  return found == rest.size() ? std::string_view::npos : from + found;
}

std::size_t find_last_text(std::string_view text, std::string_view part) {
  if (part.size() <= kLongestNaivePart) return text.rfind(part);
  if (part.size() > text.size()) return std::string_view::npos;
  const std::size_t found =
      search(text.rbegin(), text.size(), part.rbegin(), part.size());
  if (found == text.size()) return std::string_view::npos;
  return text.size() - found - part.size();
}

}  // namespace etllm::chat::jinja
