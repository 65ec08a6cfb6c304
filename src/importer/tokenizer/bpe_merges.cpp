#include "importer/tokenizer/bpe_merges.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <tuple>

namespace etllm::importer {
namespace {

/// A merge with what it is ordered by.
struct ScoredMerge {
  Merge merge;
  double score;
  std::size_t left_length;   ///< In characters.
  std::size_t right_length;  ///< In characters.
};

bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;
}

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), starts_character));
}

/// Appends every way to make piece `id` of two pieces, in the order of the ids
/// of the two.
void add_splits(const Vocabulary& vocabulary, std::uint32_t id, double score,
                std::vector<ScoredMerge>& out) {
  const std::string_view piece = vocabulary.pieces[id];
  struct Split {
    std::uint32_t left;
    std::uint32_t right;
  };
  std::vector<Split> splits;
  for (std::size_t i = 1; i < piece.size(); ++i) {
    if (!starts_character(piece[i])) continue;
    const auto left = vocabulary.ids.find(piece.substr(0, i));
    if (left == vocabulary.ids.end()) continue;
    const auto right = vocabulary.ids.find(piece.substr(i));
    if (right == vocabulary.ids.end()) continue;
    splits.push_back({left->second, right->second});
  }
  std::sort(splits.begin(), splits.end(), [](const Split& a, const Split& b) {
    return std::tie(a.left, a.right) < std::tie(b.left, b.right);
  });
  for (const Split& split : splits) {
    const Merge merge{vocabulary.pieces[split.left],
                      vocabulary.pieces[split.right]};
    out.push_back({merge, score, character_count(merge.first),
                   character_count(merge.second)});
  }
}

}  // namespace

Result<std::vector<Merge>> read_merges(const GgufFile& file,
                                       const Vocabulary& vocabulary) {
  const auto lines =
      file.get<std::vector<std::string_view>>("tokenizer.ggml.merges");
  if (!lines.ok()) return lines.status();
  std::vector<Merge> merges;
  merges.reserve(lines->size());
  std::string joined;
  for (const std::string_view line : *lines) {
    // A piece may itself be a space, so the separator is not the first byte.
    const std::size_t space = line.find(' ', 1);
    if (space == std::string_view::npos || space + 1 == line.size()) {
      return damaged_vocabulary(file,
                                in_quotes(line) + " is no merge of two pieces");
    }
    const Merge merge{line.substr(0, space), line.substr(space + 1)};
    joined.assign(merge.first).append(merge.second);
    for (const std::string_view piece :
         {merge.first, merge.second, std::string_view(joined)}) {
      if (!vocabulary.ids.contains(piece)) {
        return damaged_vocabulary(
            file, "merge " + in_quotes(line) + " needs the token " +
                      in_quotes(piece) + ", which is missing");
      }
    }
    merges.push_back(merge);
  }
  return merges;
}

Result<std::vector<Merge>> derive_merges(const GgufFile& file,
                                         const Vocabulary& vocabulary) {
  const auto scores = file.get<std::vector<double>>("tokenizer.ggml.scores");
  if (!scores.ok()) return scores.status();
  if (scores->size() != vocabulary.size()) {
    return damaged_vocabulary(
        file, "it has " + std::to_string(vocabulary.size()) + " tokens and " +
                  std::to_string(scores->size()) + " scores");
  }
  std::vector<ScoredMerge> scored;
  for (std::uint32_t id = 0; id < vocabulary.size(); ++id) {
    if (!std::isfinite((*scores)[id])) {
      return damaged_vocabulary(
          file,
          "the score of token " + std::to_string(id) + " is not a number");
    }
    // Only normal pieces come from merging; the others are found as a whole.
    if (vocabulary.types[id] != TokenType::kNormal) continue;
    add_splits(vocabulary, id, (*scores)[id], scored);
  }
  std::stable_sort(scored.begin(), scored.end(),
                   [](const ScoredMerge& a, const ScoredMerge& b) {
                     return std::tie(b.score, b.left_length, b.right_length) <
                            std::tie(a.score, a.left_length, a.right_length);
                   });
  std::vector<Merge> merges;
  merges.reserve(scored.size());
  for (const ScoredMerge& entry : scored) merges.push_back(entry.merge);
  return merges;
}

}  // namespace etllm::importer
