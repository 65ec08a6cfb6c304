#include "tokenizers/formats/byte_ranks.h"

#include <utility>

#include "tokenizers/models/ranked/ranked_bpe.h"
#include "tokenizers/pre_tokenizers/scanner.h"
#include "tokenizers/text/base64.h"

namespace tokenizers::pipeline {
namespace {

/// Ids must stay in proportion to a file that can be read at all.
constexpr std::uint64_t kMaxRank = 1U << 26U;

/// Keeps what the pattern matches; what it does not match is dropped.
etllm::Result<PreTokenizers> make_words(const std::string& pattern) {
  const bool matches_all = find_scanner(pattern) != nullptr;
  return make_pre_tokenizers(
      {{"type", "Split"},
       {"pattern", {{"Regex", pattern}}},
       {"behavior", matches_all ? "Isolated" : "Removed"},
       {"invert", !matches_all}});
}

}  // namespace

etllm::Status ByteRanks::append(std::string_view base64, std::uint64_t rank) {
  const auto bytes = decode_base64(base64);
  if (!bytes.has_value() || bytes->empty()) {
    return etllm::invalid_data("'" + std::string(base64.substr(0, 40)) +
                               "' is not the base64 of a token");
  }
  if (rank > kMaxRank) {
    return etllm::not_supported("the rank " + std::to_string(rank) +
                                " is too large");
  }
  if (rank >= has_rank_.size()) has_rank_.resize(rank + 1, false);
  if (has_rank_[rank]) {
    return etllm::invalid_data("two tokens have the rank " +
                               std::to_string(rank));
  }
  has_rank_[rank] = true;
  ++count_;
  vocabulary_.append(*bytes, first_id_ + static_cast<Id>(rank));
  return {};
}

bool ByteRanks::has_id(Id id) const {
  return id >= first_id_ && id - first_id_ < has_rank_.size() &&
         has_rank_[id - first_id_];
}

etllm::Result<Pipeline> ByteRanks::build(
    const std::string& pattern,
    const std::vector<AddedTokens::Entry>& special_tokens) && {
  const etllm::Status indexed = vocabulary_.build_index();
  if (!indexed.ok()) return indexed;
  if (vocabulary_.size() != count_) {
    return etllm::invalid_data("two ranks have the same token");
  }
  for (int byte = 0; byte < 256; ++byte) {
    const char text = static_cast<char>(byte);
    if (vocabulary_.find({&text, 1}).has_value()) continue;
    return etllm::invalid_data("no token is the single byte " +
                               std::to_string(byte) +
                               ", so that not every text can be spelled");
  }
  Stages stages;
  auto words = make_words(pattern);
  if (!words.ok()) return words.status();
  stages.pre_tokenizers = *std::move(words);
  RankedPieces pieces;
  pieces.ranks.assign(vocabulary_.id_bound(), RankedPieces::kNeverMerged);
  for (std::size_t rank = 0; rank < has_rank_.size(); ++rank) {
    if (has_rank_[rank]) {
      pieces.ranks[first_id_ + rank] = static_cast<std::uint32_t>(rank);
    }
  }
  pieces.vocabulary = std::move(vocabulary_);
  pieces.from_bytes = true;
  pieces.whole_words = true;
  stages.model = make_ranked_bpe(std::move(pieces));
  stages.added = AddedTokens::from_entries(special_tokens);
  stages.decoders.emplace();  // the bytes of tokens follow each other
  return Pipeline(std::move(stages));
}

}  // namespace tokenizers::pipeline
