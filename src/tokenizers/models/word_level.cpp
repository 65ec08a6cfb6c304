#include "tokenizers/models/word_level.h"

#include <string>
#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/models/unknown_token.h"

namespace tokenizers::pipeline {
namespace {

class WordLevel final : public Model {
 public:
  WordLevel(Vocabulary vocabulary, std::string unknown_token)
      : Model(std::move(vocabulary)), unknown_(std::move(unknown_token)) {}

  etllm::Status tokenize(const std::vector<std::string_view>& words,
                         std::vector<Id>& ids) const override {
    for (const std::string_view word : words) {
      const auto id = vocabulary().find(word);
      if (id.has_value()) {
        ids.push_back(*id);
        continue;
      }
      const etllm::Status added = append_unknown(vocabulary(), unknown_, ids);
      if (!added.ok()) return added;
    }
    return {};
  }

 private:
  std::string unknown_;
};

}  // namespace

etllm::Result<std::unique_ptr<Model>> make_word_level(TokenizerJson& file) {
  Fields fields(file.root["model"], "the model WordLevel");
  std::string unknown_token = fields.text("unk_token");
  if (!fields.status().ok()) return fields.status();
  return std::unique_ptr<Model>(std::make_unique<WordLevel>(
      std::move(file.vocabulary), std::move(unknown_token)));
}

}  // namespace tokenizers::pipeline
