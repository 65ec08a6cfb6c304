#include "tokenizers/models/bpe/word_cut.h"

#include <algorithm>

namespace tokenizers::pipeline {

bool can_cut_at_marks(const MergeList& merges, const Vocabulary& vocabulary) {
  // A mark that is unknown could become one with unknown neighbours.
  if (!vocabulary.find(kSpaceMark).has_value()) return false;
  bool can_cut = true;
  merges.for_each([&can_cut](const MergeText& merge) {
    if (merge.right.starts_with(kSpaceMark) &&
        !merge.left.ends_with(kSpaceMark)) {
      can_cut = false;
    }
  });
  return can_cut;
}

std::string_view take_part(std::string_view& rest) {
  std::size_t end = 0;
  while (rest.substr(end).starts_with(kSpaceMark)) end += kSpaceMark.size();
  end = std::min(rest.find(kSpaceMark, end), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end);
  return part;
}

}  // namespace tokenizers::pipeline
