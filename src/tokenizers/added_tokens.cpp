#include "tokenizers/added_tokens.h"

#include <algorithm>
#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/text/unicode.h"
#include "tokenizers/text/utf8.h"
#include "tokenizers/text/white_space.h"

namespace tokenizers::pipeline {
namespace {

/// Bounds the time of a search: texts are compared from each position anew.
constexpr std::size_t kMaxTokenBytes = 1024;

etllm::Result<AddedToken> token_from_json(const Json& json) {
  Fields fields(json, "added_tokens");
  AddedToken token;
  token.content = fields.text("content");
  token.single_word = fields.boolean_or("single_word", false);
  token.lstrip = fields.boolean_or("lstrip", false);
  token.rstrip = fields.boolean_or("rstrip", false);
  token.special = fields.boolean_or("special", false);
  token.normalized = fields.boolean_or("normalized", !token.special);
  if (token.content.size() > kMaxTokenBytes) {
    fields.fail("a token is longer than 1024 bytes");
  }
  if (!fields.status().ok()) return fields.status();
  return token;
}

bool ends_with_word(std::string_view text) {
  return !text.empty() && is_word_character(decode_last_utf8(text).value);
}

bool starts_with_word(std::string_view text) {
  return !text.empty() && is_word_character(decode_utf8(text.data()).value);
}

}  // namespace

etllm::Result<AddedTokens> AddedTokens::from_json(const Json& json,
                                                  const Vocabulary& vocabulary,
                                                  const Normalize& normalize) {
  AddedTokens tokens;
  if (!json.is_null() && !json.is_array()) {
    return etllm::invalid_data("'added_tokens' is not a list");
  }
  for (const Json& entry : json) {
    const auto token = token_from_json(entry);
    if (!token.ok()) return token.status();
    if (!token->content.empty()) tokens.add(*token, vocabulary);
  }
  tokens.build_tries(normalize);
  return tokens;
}

AddedTokens AddedTokens::from_entries(const std::vector<Entry>& entries) {
  AddedTokens tokens;
  for (const Entry& entry : entries) {
    AddedToken token;
    token.content = entry.content;
    token.special = entry.special;
    token.normalized = entry.search == Search::kInNormalizedText;
    tokens.ids_.emplace(entry.content, entry.id);
    if (!tokens.tokens_.emplace(entry.id, std::move(token)).second) continue;
    if (entry.search == Search::kInText) {
      tokens.before_.insert(entry.content, entry.id);
    } else if (entry.search == Search::kInNormalizedText) {
      tokens.after_.insert(entry.content, entry.id);
    }
  }
  return tokens;
}

void AddedTokens::add(const AddedToken& token, const Vocabulary& vocabulary) {
  const auto known = ids_.find(token.content);
  const auto in_model = vocabulary.find(token.content);
  const auto bound = static_cast<Id>(vocabulary.size());
  Id id = bound;
  if (known != ids_.end()) {
    id = known->second;
  } else if (in_model.has_value()) {
    id = *in_model;
  } else if (largest_id_.has_value() && (*largest_id_ >= bound || bound == 0)) {
    id = *largest_id_ + 1;
  }
  ids_[token.content] = id;
  largest_id_ = std::max(id, largest_id_.value_or(0));
  if (!tokens_.contains(id)) order_.push_back(id);
  tokens_[id] = token;
}

void AddedTokens::build_tries(const Normalize& normalize) {
  // Special tokens first: of equal texts the first one counts.
  std::stable_partition(order_.begin(), order_.end(),
                        [this](Id id) { return tokens_.at(id).special; });
  for (const Id id : order_) {
    AddedToken& token = tokens_.at(id);
    if (token.normalized) {
      // This is what the library decodes it to, too.
      token.content = normalize(token.content);
      after_.insert(token.content, id);
    } else {
      before_.insert(token.content, id);
    }
  }
}

std::vector<TextPart> AddedTokens::split(std::string_view text,
                                         Stage stage) const {
  const TokenTrie& trie = stage == Stage::kBeforeNormalizer ? before_ : after_;
  std::vector<TextPart> parts;
  std::size_t done = 0;
  std::size_t from = 0;
  while (!trie.empty()) {
    const auto match = trie.find(text, from);
    if (!match.has_value()) break;
    from = match->end;
    const AddedToken& token = tokens_.at(match->id);
    if (token.single_word && (ends_with_word(text.substr(0, match->begin)) ||
                              starts_with_word(text.substr(match->end)))) {
      continue;
    }
    std::size_t begin = match->begin;
    std::size_t end = match->end;
    if (token.lstrip && begin > done) {
      begin -= white_space_at_end(text.substr(done, begin - done));
    }
    if (token.rstrip) {
      // A token of white space may lie in what the last one took.
      end = std::max(end, done);
      end += white_space_at_start(text.substr(end));
    }
    if (begin > done) {
      parts.push_back({text.substr(done, begin - done), std::nullopt});
    }
    parts.push_back({text.substr(begin, end - begin), match->id});
    done = end;
  }
  if (done < text.size()) parts.push_back({text.substr(done), std::nullopt});
  return parts;
}

const AddedToken* AddedTokens::find(Id id) const {
  const auto found = tokens_.find(id);
  return found == tokens_.end() ? nullptr : &found->second;
}

std::optional<Id> AddedTokens::find(const std::string& content) const {
  const auto found = ids_.find(content);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

bool AddedTokens::is_special(Id id) const {
  const AddedToken* token = find(id);
  return token != nullptr && token->special;
}

std::size_t AddedTokens::count_new(const Vocabulary& vocabulary) const {
  return static_cast<std::size_t>(
      std::count_if(ids_.begin(), ids_.end(), [&](const auto& entry) {
        return !vocabulary.find(entry.first).has_value();
      }));
}

}  // namespace tokenizers::pipeline
