#include "tokenizers/models/model.h"

#include <string>

#include "tokenizers/formats/fields.h"
#include "tokenizers/models/bpe/bpe.h"
#include "tokenizers/models/unigram.h"
#include "tokenizers/models/word_level.h"
#include "tokenizers/models/word_piece.h"

namespace tokenizers::pipeline {
namespace {

/// The type of the model; files of old do not always name it.
std::string type_of(const TokenizerJson& file) {
  const auto model = file.root.find("model");
  if (model == file.root.end() || !model->is_object()) return {};
  const auto type = model->find("type");
  if (type == model->end()) return file.merges.size() != 0 ? "BPE" : "";
  return type->is_string() ? type->get<std::string>() : "";
}

}  // namespace

bool reads_bytes(const TokenizerJson& file) { return type_of(file) == "BPE"; }

etllm::Result<std::unique_ptr<Model>> make_model(TokenizerJson& file,
                                                 WordAlphabet alphabet) {
  if (!file.root.contains("model")) {
    return etllm::invalid_data("it has no 'model': it is not a tokenizer.json");
  }
  const std::string type = type_of(file);
  if (type.empty()) return etllm::invalid_data("'model' names no type");
  if (!file.has_vocabulary)
    return etllm::invalid_data("model.vocab is missing");
  if (type == "BPE") return make_bpe(file, alphabet);
  if (type == "Unigram") return make_unigram(file);
  if (type == "WordLevel") return make_word_level(file);
  if (type == "WordPiece") return make_word_piece(file);
  return etllm::not_supported("the model '" + type + "' is not supported");
}

}  // namespace tokenizers::pipeline
