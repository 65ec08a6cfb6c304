#include "importer/huggingface/gpt2_tokenizer.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "tokenizers/formats/json_object.h"

namespace etllm::importer {
namespace {

using Json = nlohmann::json;

/// A flat table of tokens and ids; an empty one for an empty text.
Result<Json> read_table(std::string_view text, const char* name) {
  if (text.empty()) return Json::object();
  auto table = tokenizers::pipeline::parse_json_object(text, /*max_depth=*/1);
  const auto is_id = [](const Json& id) { return id.is_number_unsigned(); };
  if (table.ok() && std::all_of(table->begin(), table->end(), is_id)) {
    return table;
  }
  return invalid_data(std::string(name) + " is no table of tokens and ids");
}

Result<Json> read_merges(std::string_view text) {
  Json merges = Json::array();
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || (number == 1 && line.starts_with("#version"))) {
      continue;
    }
    const std::size_t space = line.find(' ');
    if (space == 0 || space == std::string_view::npos ||
        space + 1 == line.size() ||
        line.find(' ', space + 1) != std::string_view::npos) {
      return invalid_data("line " + std::to_string(number) +
                          " of merges.txt is not two pieces");
    }
    merges.push_back(
        Json::array({line.substr(0, space), line.substr(space + 1)}));
  }
  return merges;
}

Json added_token(const std::string& content, const Json& id, bool special) {
  return {{"id", id},          {"content", content}, {"single_word", false},
          {"lstrip", false},   {"rstrip", false},    {"normalized", !special},
          {"special", special}};
}

Json added_tokens(const Gpt2Tokenizer& files, const Json& vocabulary,
                  const Json& added) {
  const std::set<std::string> special(files.special.begin(),
                                      files.special.end());
  // In the order of ids: that is how the new ones get theirs.
  std::vector<std::pair<std::uint64_t, Json>> tokens;
  for (const auto& [content, id] : added.items()) {
    tokens.emplace_back(id.get<std::uint64_t>(),
                        added_token(content, id, special.contains(content)));
  }
  for (const std::string& content : special) {
    const auto id = vocabulary.find(content);
    if (content.empty() || id == vocabulary.end()) continue;
    if (added.contains(content)) continue;
    tokens.emplace_back(id->get<std::uint64_t>(),
                        added_token(content, *id, true));
  }
  std::sort(tokens.begin(), tokens.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  Json list = Json::array();
  for (auto& [id, token] : tokens) list.push_back(std::move(token));
  return list;
}

Json byte_level() {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", true}};
}

}  // namespace

Result<std::string> tokenizer_json_from_gpt2(const Gpt2Tokenizer& files) {
  auto vocabulary = read_table(files.vocabulary, "vocab.json");
  if (!vocabulary.ok()) return vocabulary.status();
  const auto added = read_table(files.added_tokens, "added_tokens.json");
  if (!added.ok()) return added.status();
  auto merges = read_merges(files.merges);
  if (!merges.ok()) return merges.status();
  const Json json = {{"version", "1.0"},
                     {"truncation", nullptr},
                     {"padding", nullptr},
                     {"added_tokens", added_tokens(files, *vocabulary, *added)},
                     {"normalizer", nullptr},
                     {"pre_tokenizer", byte_level()},
                     {"post_processor", nullptr},
                     {"decoder", byte_level()},
                     {"model",
                      {{"type", "BPE"},
                       {"dropout", nullptr},
                       {"unk_token", nullptr},
                       {"continuing_subword_prefix", ""},
                       {"end_of_word_suffix", ""},
                       {"fuse_unk", false},
                       {"byte_fallback", false},
                       {"vocab", std::move(*vocabulary)},
                       {"merges", std::move(*merges)}}}};
  // Pieces have been read from JSON; those of merges.txt may be no UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace etllm::importer
