#include "importer/tensor_quantization.h"

#include <utility>

#include "importer/source/in_quotes.h"

namespace etllm::importer {
namespace {

/// The end of the set that begins at `pattern[start]`, one behind its ']';
/// npos for a bracket that is never closed, which stands for itself.
std::size_t set_end(std::string_view pattern, std::size_t start) {
  std::size_t first = start + 1;
  if (first < pattern.size() && pattern[first] == '!') ++first;
  const std::size_t close = pattern.find(']', first + 1);
  return close == std::string_view::npos ? close : close + 1;
}

/// `set` is what stands between the brackets.
bool is_in_set(std::string_view set, char c) {
  const bool is_negated = set.starts_with('!');
  if (is_negated) set.remove_prefix(1);
  bool found = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      found = found || (set[i] <= c && c <= set[i + 2]);
      i += 2;
    } else {
      found = found || set[i] == c;
    }
  }
  return found != is_negated;
}

/// Matches one character at `position` and moves behind what stands for it.
bool match_one(std::string_view pattern, std::size_t& position, char c) {
  if (pattern[position] == '[') {
    const std::size_t end = set_end(pattern, position);
    if (end != std::string_view::npos) {
      const auto set = pattern.substr(position + 1, end - position - 2);
      position = end;
      return is_in_set(set, c);
    }
  }
  return pattern[position] == '?' ? (++position, true)
                                  : pattern[position++] == c;
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view text) {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t p = 0;
  std::size_t t = 0;
  // Where to go on when a later part does not match: the last star takes one
  // character more.
  std::size_t star = kNone;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_text = t;
      continue;
    }
    if (p < pattern.size() && match_one(pattern, p, text[t])) {
      ++t;
      continue;
    }
    if (star == kNone) return false;
    p = star;
    t = ++star_text;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

QuantizationChoice::QuantizationChoice(
    Quantization quantization, std::vector<TensorQuantization> exceptions)
    : quantization_(quantization),
      exceptions_(std::move(exceptions)),
      is_used_(exceptions_.size()) {}

std::optional<Quantization> QuantizationChoice::exception_for(
    std::string_view name) {
  constexpr std::string_view kSuffix = ".weight";
  const std::string_view short_name =
      name.ends_with(kSuffix) ? name.substr(0, name.size() - kSuffix.size())
                              : name;
  constexpr std::size_t kShownNames = 12;
  if (names_.size() < kShownNames) names_.emplace_back(short_name);
  std::optional<Quantization> chosen;
  for (std::size_t i = 0; i < exceptions_.size(); ++i) {
    const std::string& pattern = exceptions_[i].pattern;
    if (!matches_glob(pattern, name) && !matches_glob(pattern, short_name)) {
      continue;
    }
    is_used_[i] = true;
    chosen = exceptions_[i].quantization;
  }
  return chosen;
}

Status QuantizationChoice::check_all_used() const {
  for (std::size_t i = 0; i < exceptions_.size(); ++i) {
    if (is_used_[i]) continue;
    std::string names;
    for (const std::string& name : names_) {
      names += (names.empty() ? "" : ", ") + name;
    }
    return invalid_argument("no weight has a name that matches " +
                            in_quotes(exceptions_[i].pattern) + "; names are " +
                            names + ", ...");
  }
  return {};
}

}  // namespace etllm::importer
