#include <pytorch/tokenizers/sentencepiece.h>

#include <utility>

#include "tokenizers/formats/sentencepiece.h"
#include "tokenizers/formats/sentencepiece_model.h"
#include "tokenizers/formats/tokenizer_config.h"

namespace tokenizers {
namespace {

using Entries = std::vector<pipeline::AddedTokens::Entry>;

/// The tokens of the configuration that are found in a text.
Entries tokens_in_text(std::string_view content,
                       const pipeline::TokenizerConfig& config) {
  constexpr auto kInText = pipeline::AddedTokens::Search::kInText;
  Entries entries;
  for (const auto& token : config.added_tokens) {
    if (token.content.empty()) continue;
    entries.push_back({token.content, token.id, kInText, token.special});
  }
  const auto file = pipeline::parse_sentencepiece(content);
  if (!file.ok()) return entries;
  for (pipeline::Id id = 0; id < file->pieces.size(); ++id) {
    const std::string_view text = file->pieces[id].text;
    if (text == config.bos_token || text == config.eos_token) {
      entries.push_back({std::string(text), id, kInText, true});
    }
  }
  return entries;
}

}  // namespace

Error SPTokenizer::load(const std::string& path) {
  return load_file(path, {"a SentencePiece model", [](std::string_view file) {
                            return pipeline::read_sentencepiece(file);
                          }});
}

Error SPTokenizer::load_from_memory(std::string_view content,
                                    const std::string& name,
                                    std::string_view tokenizer_config_json) {
  const auto config = read_config(tokenizer_config_json, name);
  if (!config) return Error::ParseFailure;
  const Entries added = tokens_in_text(content, *config);
  return load_content(content, name,
                      {"a SentencePiece model",
                       [&added](std::string_view file) {
                         return pipeline::read_sentencepiece(file, added);
                       }},
                      *config);
}

}  // namespace tokenizers
