#include "tokenizers/text/unicode_sets.h"

#include <algorithm>
#include <span>

namespace tokenizers::pipeline {
namespace {

struct CodePointRange {
  char32_t first;
  char32_t last;
};

#include "tokenizers/text/unicode_set_ranges.inc"

bool contains(std::span<const CodePointRange> ranges, char32_t code_point) {
  const auto above =
      std::upper_bound(ranges.begin(), ranges.end(), code_point,
                       [](char32_t value, const CodePointRange& range) {
                         return value < range.first;
                       });
  return above != ranges.begin() && code_point <= std::prev(above)->last;
}

}  // namespace

bool is_library_punctuation(char32_t code_point) {
  return contains(kPunctuation, code_point);
}

bool is_nonspacing_mark(char32_t code_point) {
  return contains(kNonspacingMarks, code_point);
}

bool is_combining_mark(char32_t code_point) {
  return contains(kCombiningMarks, code_point);
}

bool is_unknown_to_forms(char32_t code_point) {
  return contains(kUnknownToForms, code_point);
}

bool is_newer_than_pcre2(char32_t code_point) {
  return contains(kNewerThanPcre2, code_point);
}

}  // namespace tokenizers::pipeline
