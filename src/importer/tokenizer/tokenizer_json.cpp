#include "importer/tokenizer/tokenizer_json.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "importer/tokenizer/bpe_merges.h"
#include "importer/tokenizer/pre_tokenizers.h"
#include "importer/tokenizer/vocabulary.h"

namespace etllm::importer {
namespace {

using Json = nlohmann::ordered_json;

/// U+2581, which SentencePiece writes for a space.
constexpr const char* kSpaceMark = "\xe2\x96\x81";

Json vocabulary_json(const Vocabulary& vocabulary) {
  Json object = Json::object();
  auto& entries = object.get_ref<Json::object_t&>();
  entries.reserve(vocabulary.size());
  for (std::size_t id = 0; id < vocabulary.size(); ++id) {
    // Straight to the vector below: pieces are known to be different, and
    // asking again for each would take quadratic time.
    entries.emplace_back(std::string(vocabulary.pieces[id]), id);
  }
  return object;
}

Json merges_json(const std::vector<Merge>& merges) {
  Json array = Json::array();
  for (const Merge& merge : merges) {
    array.push_back(Json::array({merge.first, merge.second}));
  }
  return array;
}

/// Tokens that are found in the text as a whole, before any merging.
Json added_tokens_json(const Vocabulary& vocabulary) {
  Json array = Json::array();
  for (std::size_t id = 0; id < vocabulary.size(); ++id) {
    const TokenType type = vocabulary.types[id];
    const bool is_special =
        type == TokenType::kControl || type == TokenType::kUnknown;
    if (!is_special && type != TokenType::kUserDefined) continue;
    if (vocabulary.pieces[id].empty()) continue;
    array.push_back({{"id", id},
                     {"content", vocabulary.pieces[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", is_special}});
  }
  return array;
}

/// Puts BOS in front of every sequence; null when the model has none.
Json post_processor_json(const Vocabulary& vocabulary,
                         const SpecialTokens& special) {
  if (!special.adds_bos) return nullptr;
  const std::string bos(vocabulary.pieces[*special.bos]);
  const auto token = [&bos](int type_id) {
    return Json{{"SpecialToken", {{"id", bos}, {"type_id", type_id}}}};
  };
  const auto sequence = [](const char* name, int type_id) {
    return Json{{"Sequence", {{"id", name}, {"type_id", type_id}}}};
  };
  Json definition = {{"id", bos},
                     {"ids", Json::array({*special.bos})},
                     {"tokens", Json::array({bos})}};
  return {{"type", "TemplateProcessing"},
          {"single", Json::array({token(0), sequence("A", 0)})},
          {"pair", Json::array({token(0), sequence("A", 0), token(1),
                                sequence("B", 1)})},
          {"special_tokens", {{bos, std::move(definition)}}}};
}

Json bpe_model_json(const Vocabulary& vocabulary,
                    const std::vector<Merge>& merges) {
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", nullptr},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", false},
          {"vocab", vocabulary_json(vocabulary)},
          {"merges", merges_json(merges)}};
}

/// What both kinds share; the rest is filled in by each.
Json skeleton_json(const Vocabulary& vocabulary, const SpecialTokens& special,
                   const std::vector<Merge>& merges) {
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added_tokens_json(vocabulary)},
          {"normalizer", nullptr},
          {"pre_tokenizer", nullptr},
          {"post_processor", post_processor_json(vocabulary, special)},
          {"decoder", nullptr},
          {"model", bpe_model_json(vocabulary, merges)}};
}

Result<Json> byte_level_json(const GgufFile& file, const Vocabulary& vocabulary,
                             const SpecialTokens& special) {
  const auto rules = find_pre_tokenizer(file);
  if (!rules.ok()) return rules.status();
  const auto merges = read_merges(file, vocabulary);
  if (!merges.ok()) return merges.status();
  Json json = skeleton_json(vocabulary, special, *merges);
  if ((*rules)->composes) json["normalizer"] = {{"type", "NFC"}};
  Json steps = Json::array();
  (*rules)->add_steps(steps);
  json["pre_tokenizer"] =
      steps.size() == 1
          ? std::move(steps[0])
          : Json{{"type", "Sequence"}, {"pretokenizers", std::move(steps)}};
  json["decoder"] = {{"type", "ByteLevel"},
                     {"add_prefix_space", true},
                     {"trim_offsets", true},
                     {"use_regex", true}};
  json["model"]["ignore_merges"] = (*rules)->ignore_merges;
  return json;
}

/// Whether every byte has a token "<0x00>" .. "<0xFF>".
bool has_byte_tokens(const Vocabulary& vocabulary) {
  for (int byte = 0; byte < 256; ++byte) {
    std::array<char, 7> piece{};
    std::snprintf(piece.data(), piece.size(), "<0x%02X>", byte);
    if (!vocabulary.ids.contains(piece.data())) return false;
  }
  return true;
}

Json sentence_piece_normalizer(bool adds_space) {
  Json replace = {{"type", "Replace"},
                  {"pattern", {{"String", " "}}},
                  {"content", kSpaceMark}};
  if (!adds_space) return replace;
  Json prepend = {{"type", "Prepend"}, {"prepend", kSpaceMark}};
  return {
      {"type", "Sequence"},
      {"normalizers", Json::array({std::move(prepend), std::move(replace)})}};
}

Json sentence_piece_decoder(bool adds_space) {
  Json steps = Json::array();
  steps.push_back({{"type", "Replace"},
                   {"pattern", {{"String", kSpaceMark}}},
                   {"content", " "}});
  steps.push_back({{"type", "ByteFallback"}});
  steps.push_back({{"type", "Fuse"}});
  if (adds_space) {
    steps.push_back(
        {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  }
  return {{"type", "Sequence"}, {"decoders", std::move(steps)}};
}

Result<Json> sentence_piece_json(const GgufFile& file,
                                 const Vocabulary& vocabulary,
                                 const SpecialTokens& special) {
  const auto merges = derive_merges(file, vocabulary);
  if (!merges.ok()) return merges.status();
  const auto adds_space =
      file.get_or<bool>("tokenizer.ggml.add_space_prefix", true);
  if (!adds_space.ok()) return adds_space.status();
  Json json = skeleton_json(vocabulary, special, *merges);
  json["normalizer"] = sentence_piece_normalizer(*adds_space);
  json["decoder"] = sentence_piece_decoder(*adds_space);
  Json& model = json["model"];
  model["unk_token"] = vocabulary.pieces[special.unknown.value_or(0)];
  model["fuse_unk"] = true;
  model["byte_fallback"] = has_byte_tokens(vocabulary);
  return json;
}

/// The one place where the JSON library's exceptions end.
Result<std::string> dump(const GgufFile& file, const Json& json) {
  try {
    return json.dump();
  } catch (const nlohmann::json::exception&) {
    return invalid_data("'" + file.path() +
                        "': the vocabulary is damaged: a token is not valid "
                        "UTF-8; convert the model again");
  }
}

}  // namespace

Result<std::string> tokenizer_json_from_gguf(const GgufFile& file) {
  const auto model = file.get<std::string_view>("tokenizer.ggml.model");
  if (!model.ok()) return model.status();
  const bool is_byte_level = *model == "gpt2";
  if (!is_byte_level && *model != "llama") {
    return not_supported("'" + file.path() + "' has a tokenizer of kind " +
                         in_quotes(*model) +
                         "; 'gpt2' (byte-level BPE) and 'llama' "
                         "(SentencePiece BPE) can be imported");
  }
  const auto vocabulary = read_vocabulary(file);
  if (!vocabulary.ok()) return vocabulary.status();
  const auto special = read_special_tokens(file, *vocabulary);
  if (!special.ok()) return special.status();
  const auto json = is_byte_level
                        ? byte_level_json(file, *vocabulary, *special)
                        : sentence_piece_json(file, *vocabulary, *special);
  if (!json.ok()) return json.status();
  return dump(file, *json);
}

}  // namespace etllm::importer
