#include "tokenizers/formats/tekken.h"

#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "tokenizers/formats/byte_ranks.h"
#include "tokenizers/formats/fields.h"
#include "tokenizers/formats/json_document.h"

namespace tokenizers::pipeline {
namespace {

namespace dom = simdjson::dom;

constexpr std::uint64_t kMaxSpecialTokens = 1U << 20U;

/// What files of the first version, which do not list them, have.
constexpr std::array<std::string_view, 20> kFirstSpecialTokens = {
    "<unk>",
    "<s>",
    "</s>",
    "[INST]",
    "[/INST]",
    "[AVAILABLE_TOOLS]",
    "[/AVAILABLE_TOOLS]",
    "[TOOL_RESULTS]",
    "[/TOOL_RESULTS]",
    "[TOOL_CALLS]",
    "[IMG]",
    "<pad>",
    "[IMG_BREAK]",
    "[IMG_END]",
    "[PREFIX]",
    "[MIDDLE]",
    "[SUFFIX]",
    "[SYSTEM_PROMPT]",
    "[/SYSTEM_PROMPT]",
    "[TOOL_CONTENT]",
};

std::string placeholder(std::uint64_t rank) {
  return "<SPECIAL_" + std::to_string(rank) + ">";
}

/// The special tokens by rank; ranks that the file leaves open are filled.
etllm::Result<std::vector<std::string>> read_special_tokens(
    const Json& list, std::uint64_t count) {
  if (count > kMaxSpecialTokens) {
    return etllm::invalid_data("'default_num_special_tokens' is too large");
  }
  std::vector<std::string> tokens(count);
  if (list.is_null()) {
    for (std::size_t i = 0; i < kFirstSpecialTokens.size() && i < count; ++i) {
      tokens[i] = kFirstSpecialTokens[i];
    }
  } else if (!list.is_array()) {
    return etllm::invalid_data("'special_tokens' is not a list");
  }
  for (const Json& entry : list) {
    Fields fields(entry, "special_tokens");
    const std::uint64_t rank = fields.count("rank");
    std::string text = fields.text("token_str");
    if (rank >= count || text.empty() || !tokens[rank].empty()) {
      fields.fail("the rank " + std::to_string(rank) +
                  " is beyond 'default_num_special_tokens', is there twice, "
                  "or has an empty text");
    }
    if (!fields.status().ok()) return fields.status();
    tokens[rank] = std::move(text);
  }
  for (std::uint64_t rank = 0; rank < count; ++rank) {
    if (tokens[rank].empty()) tokens[rank] = placeholder(rank);
  }
  return tokens;
}

/// The first `count` of the tokens that the file lists.
etllm::Result<ByteRanks> read_ranks(dom::array list, Id first_id,
                                    std::uint64_t count) {
  ByteRanks ranks(first_id);
  for (const dom::element entry : list) {
    std::uint64_t rank = 0;
    std::string_view bytes;
    if (entry["rank"].get(rank)) {
      return etllm::invalid_data(
          "vocab: 'rank' is missing or not a whole number");
    }
    if (entry["token_bytes"].get(bytes)) {
      return etllm::invalid_data(
          "vocab: 'token_bytes' is missing or not a text");
    }
    if (rank >= count) continue;
    const etllm::Status added = ranks.append(bytes, rank);
    if (!added.ok()) return added;
  }
  return ranks;
}

/// Everything but `vocab`, which is large.
Json without_vocabulary(dom::object file) {
  Json rest = Json::object();
  for (const dom::key_value_pair field : file) {
    if (field.key != "vocab") {
      rest[std::string(field.key)] = to_json(field.value);
    }
  }
  return rest;
}

std::optional<Id> id_of(const std::vector<AddedTokens::Entry>& tokens,
                        std::string_view content) {
  for (const AddedTokens::Entry& token : tokens) {
    if (token.content == content) return token.id;
  }
  return std::nullopt;
}

}  // namespace

std::string_view why_not_tekken(std::string_view content) {
  // The key stands in every entry of the vocabulary. `find` would stop at each
  // quotation mark, and a tokenizer.json has a quarter of a million.
  constexpr std::string_view kKey = "\"token_bytes\"";
  return ::memmem(content.data(), content.size(), kKey.data(), kKey.size()) !=
                 nullptr
             ? ""
             : "it has no 'token_bytes'";
}

etllm::Result<LoadedPipeline> read_tekken(std::string_view content) {
  const auto document = JsonDocument::parse(content);
  if (!document.ok()) return document.status();
  dom::object root;
  if (document->root().get(root)) {
    return etllm::invalid_data("it is not a JSON object");
  }
  const Json rest = without_vocabulary(root);
  Fields file(rest, "the file");
  Fields config(file.value("config"), "config");
  dom::array vocabulary;
  if (root["vocab"].get(vocabulary)) {
    file.fail("'vocab' is missing or not a list");
  }
  const std::string pattern = config.text("pattern");
  const std::uint64_t special_count =
      config.count("default_num_special_tokens");
  const std::uint64_t id_count = config.count("default_vocab_size");
  if (!file.status().ok()) return file.status();
  if (id_count < special_count) {
    config.fail("'default_vocab_size' is below 'default_num_special_tokens'");
  }
  if (!config.status().ok()) return config.status();
  auto texts =
      read_special_tokens(file.optional_value("special_tokens"), special_count);
  if (!texts.ok()) return texts.status();
  std::vector<AddedTokens::Entry> special;
  for (std::string& text : *texts) {
    special.push_back({std::move(text), static_cast<Id>(special.size()),
                       AddedTokens::Search::kInText, true});
  }
  auto ranks = read_ranks(vocabulary, static_cast<Id>(special_count),
                          id_count - special_count);
  if (!ranks.ok()) return ranks.status();
  auto pipeline = (*std::move(ranks)).build(pattern, special);
  if (!pipeline.ok()) return pipeline.status();
  return LoadedPipeline{*std::move(pipeline), id_of(special, "<s>"),
                        id_of(special, "</s>")};
}

}  // namespace tokenizers::pipeline
