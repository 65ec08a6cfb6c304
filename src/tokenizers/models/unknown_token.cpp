#include "tokenizers/models/unknown_token.h"

namespace tokenizers::pipeline {

etllm::Status lacks_unknown_token(const std::string& token) {
  return etllm::invalid_argument(
      "the text has something that the vocabulary lacks, and the vocabulary "
      "lacks the unknown token '" +
      token + "' too");
}

etllm::Status append_unknown(const Vocabulary& vocabulary,
                             const std::string& token, std::vector<Id>& ids) {
  const auto id = vocabulary.find(token);
  if (!id.has_value()) return lacks_unknown_token(token);
  ids.push_back(*id);
  return {};
}

}  // namespace tokenizers::pipeline
