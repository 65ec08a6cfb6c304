#include "tokenizers/pipeline.h"

#include <numeric>
#include <utility>

#include "tokenizers/text/limits.h"

namespace tokenizers::pipeline {
namespace {

const Json& component(const Json& root, const char* name) {
  static const Json null;
  const auto found = root.find(name);
  return found == root.end() ? null : *found;
}

etllm::Status normalize(const Normalizers& steps, std::string& text) {
  const std::size_t limit = grown_limit(text.size());
  for (const auto& step : steps) {
    const etllm::Status normalized = step->normalize(text);
    if (!normalized.ok()) return normalized;
    if (text.size() > limit) return grows_too_long();
  }
  return {};
}

std::size_t total_size(const std::vector<std::string>& pieces) {
  return std::accumulate(
      pieces.begin(), pieces.end(), std::size_t{0},
      [](std::size_t sum, const std::string& p) { return sum + p.size(); });
}

}  // namespace

etllm::Result<Pipeline> Pipeline::build(TokenizerJson file) {
  Stages stages;
  auto normalizers = make_normalizers(component(file.root, "normalizer"));
  if (!normalizers.ok()) return normalizers.status();
  stages.normalizers = *std::move(normalizers);

  auto steps = make_pre_tokenizers(component(file.root, "pre_tokenizer"));
  if (!steps.ok()) return steps.status();
  stages.pre_tokenizers = *std::move(steps);
  WordAlphabet alphabet = WordAlphabet::kText;
  if (!stages.pre_tokenizers.empty() && reads_bytes(file) &&
      stages.pre_tokenizers.back()->only_spells_bytes()) {
    stages.pre_tokenizers.pop_back();
    alphabet = WordAlphabet::kBytes;
  }
  auto model = make_model(file, alphabet);
  if (!model.ok()) return model.status();
  stages.model = *std::move(model);

  auto added = AddedTokens::from_json(
      component(file.root, "added_tokens"), stages.model->vocabulary(),
      [&](const std::string& content) {
        std::string text = content;
        return normalize(stages.normalizers, text).ok() ? text : content;
      });
  if (!added.ok()) return added.status();
  stages.added = *std::move(added);

  auto frame = make_sequence_frame(component(file.root, "post_processor"));
  if (!frame.ok()) return frame.status();
  stages.frame = *std::move(frame);

  const Json& decoder = component(file.root, "decoder");
  if (!decoder.is_null()) {
    auto decoders = make_decoders(decoder);
    if (!decoders.ok()) return decoders.status();
    stages.decoders = *std::move(decoders);
  }
  return Pipeline(std::move(stages));
}

etllm::Result<std::vector<Id>> Pipeline::encode(std::string_view text) const {
  std::vector<Id> ids;
  if (text.empty()) return ids;
  for (const TextPart& part :
       stages_.added.split(text, AddedTokens::Stage::kBeforeNormalizer)) {
    if (part.token.has_value()) {
      ids.push_back(*part.token);
      continue;
    }
    const bool at_start = part.text.data() == text.data();
    const etllm::Status encoded = encode_part(part.text, at_start, ids);
    if (!encoded.ok()) return encoded;
  }
  return ids;
}

etllm::Status Pipeline::encode_part(std::string_view text, bool at_start,
                                    std::vector<Id>& ids) const {
  if (stages_.normalizers.empty())
    return encode_normalized(text, at_start, ids);
  std::string normalized(text);
  const etllm::Status status = normalize(stages_.normalizers, normalized);
  if (!status.ok()) return status;
  return encode_normalized(normalized, at_start, ids);
}

etllm::Status Pipeline::encode_normalized(std::string_view text, bool at_start,
                                          std::vector<Id>& ids) const {
  for (const TextPart& part :
       stages_.added.split(text, AddedTokens::Stage::kAfterNormalizer)) {
    if (part.token.has_value()) {
      ids.push_back(*part.token);
      continue;
    }
    const etllm::Status encoded = encode_words(
        part.text, at_start && part.text.data() == text.data(), ids);
    if (!encoded.ok()) return encoded;
  }
  return {};
}

etllm::Status Pipeline::encode_words(std::string_view text, bool at_start,
                                     std::vector<Id>& ids) const {
  Words words(text, at_start);
  for (const auto& step : stages_.pre_tokenizers) {
    const etllm::Status status = step->pre_tokenize(words);
    if (!status.ok()) return status;
  }
  return stages_.model->tokenize(words.list(), ids);
}

etllm::Result<std::string> Pipeline::decode(const std::vector<Id>& ids,
                                            bool skip_special) const {
  std::vector<std::string> pieces;
  pieces.reserve(ids.size());
  for (const Id id : ids) {
    const auto text = piece(id);
    if (!text.has_value() || (skip_special && stages_.added.is_special(id)))
      continue;
    pieces.emplace_back(*text);
  }
  std::string text;
  if (!stages_.decoders.has_value()) {
    for (const std::string& piece : pieces) {
      if (&piece != &pieces.front()) text += ' ';
      text += piece;
    }
    return text;
  }
  const std::size_t limit = grown_limit(total_size(pieces));
  for (const auto& step : *stages_.decoders) {
    const etllm::Status decoded = step->decode(pieces);
    if (!decoded.ok()) return decoded;
    if (total_size(pieces) > limit) return grows_too_long();
  }
  for (const std::string& piece : pieces) text += piece;
  return text;
}

etllm::Result<std::string> Pipeline::decode_one(std::optional<Id> previous,
                                                Id id,
                                                bool skip_special) const {
  if (skip_special && stages_.added.is_special(id)) return std::string();
  StreamPosition position{!previous.has_value(), {}};
  if (previous.has_value()) position.previous = piece(*previous).value_or("");
  std::string text(piece(id).value_or(""));
  if (!stages_.decoders.has_value()) {
    return position.is_first ? text : " " + text;
  }
  const std::size_t limit = grown_limit(text.size());
  for (const auto& step : *stages_.decoders) {
    const etllm::Status decoded = step->decode_one(text, position);
    if (!decoded.ok()) return decoded;
    if (text.size() > limit) return grows_too_long();
  }
  return text;
}

std::optional<std::string_view> Pipeline::piece(Id id) const {
  const AddedToken* token = stages_.added.find(id);
  if (token != nullptr) return token->content;
  return stages_.model->vocabulary().piece(id);
}

std::optional<Id> Pipeline::id(const std::string& piece) const {
  const auto added = stages_.added.find(piece);
  return added.has_value() ? added : stages_.model->vocabulary().find(piece);
}

std::size_t Pipeline::size() const {
  const Vocabulary& vocabulary = stages_.model->vocabulary();
  return vocabulary.size() + stages_.added.count_new(vocabulary);
}

}  // namespace tokenizers::pipeline
