#include "tokenizers/formats/tiktoken.h"

#include <charconv>
#include <cstdint>
#include <utility>

#include "tokenizers/formats/byte_ranks.h"
#include "tokenizers/text/base64.h"

namespace tokenizers::pipeline {
namespace {

struct Line {
  std::string_view token;
  std::uint64_t rank;
};

/// Takes the next line off `rest`.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::optional<Line> parse_line(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == 0 || space == std::string_view::npos) return std::nullopt;
  Line line{text.substr(0, space), 0};
  const char* end = text.data() + text.size();
  const auto [stop, error] =
      std::from_chars(text.data() + space + 1, end, line.rank);
  if (error != std::errc() || stop != end) return std::nullopt;
  return line;
}

etllm::Status in_line(std::size_t number, const etllm::Status& status) {
  return {status.code(),
          "line " + std::to_string(number) + ": " + status.message()};
}

etllm::Result<ByteRanks> read_ranks(std::string_view content) {
  ByteRanks ranks(0);
  for (std::size_t number = 1; !content.empty(); ++number) {
    const std::string_view text = take_line(content);
    if (text.empty()) continue;
    const auto line = parse_line(text);
    const etllm::Status added =
        line.has_value()
            ? ranks.append(line->token, line->rank)
            : etllm::invalid_data("it is not a token in base64 and its rank");
    if (!added.ok()) return in_line(number, added);
  }
  return ranks;
}

}  // namespace

std::string_view why_not_tiktoken(std::string_view content) {
  constexpr std::size_t kLongestLine = 4096;
  std::string_view start = content.substr(0, kLongestLine);
  const auto line = parse_line(take_line(start));
  if (line.has_value() && decode_base64(line->token).has_value()) return "";
  return "its first line is not a token in base64 and its rank";
}

etllm::Result<LoadedPipeline> read_tiktoken(std::string_view content,
                                            const TiktokenRules& rules) {
  if (rules.bos_index >= rules.special_tokens.size() ||
      rules.eos_index >= rules.special_tokens.size()) {
    return etllm::invalid_argument(
        "BOS and EOS are the special tokens " +
        std::to_string(rules.bos_index) + " and " +
        std::to_string(rules.eos_index) + ", but only " +
        std::to_string(rules.special_tokens.size()) + " are given");
  }
  auto ranks = read_ranks(content);
  if (!ranks.ok()) return ranks.status();
  std::vector<AddedTokens::Entry> special;
  for (const std::string& token : rules.special_tokens) {
    const auto id = static_cast<Id>(ranks->size() + special.size());
    if (ranks->has_id(id)) {
      return etllm::invalid_data(
          "its ranks have gaps, so that the special token '" + token +
          "' would have the id of an ordinary one");
    }
    special.push_back({token, id, AddedTokens::Search::kInText, true});
  }
  const Id bos = special[rules.bos_index].id;
  const Id eos = special[rules.eos_index].id;
  auto pipeline = (*std::move(ranks)).build(rules.pattern, special);
  if (!pipeline.ok()) return pipeline.status();
  return LoadedPipeline{*std::move(pipeline), bos, eos};
}

}  // namespace tokenizers::pipeline
