#include "tokenizers/formats/llama2c.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "tokenizers/models/ranked/ranked_bpe.h"
#include "tokenizers/text/little_endian.h"

namespace tokenizers::pipeline {
namespace {

constexpr std::string_view kPadding = "<pad>";
constexpr std::uint32_t kMaxTokens = 1U << 24U;
constexpr std::size_t kMaxPadding = 1U << 16U;

struct Token {
  float score;
  std::string_view text;
};

struct Llama2cFile {
  std::vector<Token> tokens;
  std::uint32_t bos = 1;
  std::uint32_t eos = 2;
};

/// The tokens from `at` to the end of the file, if it consists of such.
std::optional<std::vector<Token>> read_tokens(std::string_view content,
                                              std::size_t at,
                                              std::uint32_t longest) {
  std::vector<Token> tokens;
  while (at != content.size()) {
    if (content.size() - at < 8 || tokens.size() == kMaxTokens) {
      return std::nullopt;
    }
    const auto score = std::bit_cast<float>(read_u32(content, at));
    const std::uint32_t size = read_u32(content, at + 4);
    at += 8;
    if (std::isnan(score) || size == 0 || size > longest ||
        size > content.size() - at) {
      return std::nullopt;
    }
    tokens.push_back({score, content.substr(at, size)});
    at += size;
  }
  if (tokens.empty()) return std::nullopt;
  return tokens;
}

std::optional<Llama2cFile> parse(std::string_view content) {
  constexpr std::size_t kShortHeader = 4;
  constexpr std::size_t kLongHeader = 16;
  if (content.size() >= kLongHeader) {
    Llama2cFile file;
    const std::uint32_t count = read_u32(content, 0);
    file.bos = read_u32(content, 4);
    file.eos = read_u32(content, 8);
    auto tokens = read_tokens(content, kLongHeader, read_u32(content, 12));
    if (tokens.has_value() && tokens->size() <= count &&
        count - tokens->size() <= kMaxPadding && file.bos < count &&
        file.eos < count) {
      file.tokens = *std::move(tokens);
      // The model may have more tokens than the tokenizer.
      file.tokens.resize(count, {0, kPadding});
      return file;
    }
  }
  if (content.size() < kShortHeader) return std::nullopt;
  auto tokens = read_tokens(content, kShortHeader, read_u32(content, 0));
  if (!tokens.has_value() || tokens->size() < 3) return std::nullopt;
  return Llama2cFile{*std::move(tokens)};
}

}  // namespace

std::string_view why_not_llama2c(std::string_view content) {
  return parse(content).has_value()
             ? ""
             : "it is not a list of scores and texts to its end";
}

etllm::Result<LoadedPipeline> read_llama2c(std::string_view content) {
  const auto file = parse(content);
  if (!file.has_value()) {
    return etllm::invalid_data(std::string(why_not_llama2c(content)));
  }
  RankedPieces pieces;
  std::vector<float> scores;
  for (const Token& token : file->tokens) {
    pieces.vocabulary.append(token.text, static_cast<Id>(scores.size()));
    scores.push_back(token.score);
  }
  const etllm::Status indexed =
      pieces.vocabulary.build_index(/*keep_duplicates=*/true);
  if (!indexed.ok()) return indexed;
  pieces.ranks = ranks_of_scores(scores);
  pieces.byte_fallback = true;
  pieces.unknown = 0;
  Stages stages;
  stages.model = make_ranked_bpe(std::move(pieces));
  std::vector<AddedTokens::Entry> special;
  for (const Id id : {file->bos, file->eos}) {
    special.push_back({std::string(file->tokens[id].text), id,
                       AddedTokens::Search::kNowhere, true});
  }
  stages.added = AddedTokens::from_entries(special);
  auto normalizers = make_normalizers({{"type", "Prepend"}, {"prepend", " "}});
  if (!normalizers.ok()) return normalizers.status();
  stages.normalizers = *std::move(normalizers);
  auto decoders = make_decoders(
      {{"type", "Sequence"},
       {"decoders",
        {{{"type", "ByteFallback"}},
         {{"type", "Fuse"}},
         {{"type", "Strip"}, {"content", " "}, {"start", 1U}, {"stop", 0U}}}}});
  if (!decoders.ok()) return decoders.status();
  stages.decoders = *std::move(decoders);
  return LoadedPipeline{Pipeline(std::move(stages)), file->bos, file->eos};
}

}  // namespace tokenizers::pipeline
