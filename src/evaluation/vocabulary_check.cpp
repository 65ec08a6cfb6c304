#include "evaluation/vocabulary_check.h"

#include <cstdint>
#include <string>

namespace etllm::evaluation {

Status check_same_vocabulary(const tokenizers::Tokenizer& model,
                             const tokenizers::Tokenizer& reference) {
  if (model.vocab_size() != reference.vocab_size()) {
    return invalid_argument(
        "the model has " + std::to_string(model.vocab_size()) +
        " tokens and the reference " + std::to_string(reference.vocab_size()) +
        "; compare models of one vocabulary");
  }
  const auto count = static_cast<std::uint64_t>(model.vocab_size());
  for (std::uint64_t id = 0; id < count; ++id) {
    const auto ours = model.id_to_piece(id);
    const auto theirs = reference.id_to_piece(id);
    if (!ours.ok() && !theirs.ok()) continue;
    if (ours.ok() && theirs.ok() && ours.get() == theirs.get()) continue;
    return invalid_argument("token " + std::to_string(id) +
                            " of the model is not that of the reference; "
                            "compare models of one vocabulary");
  }
  return {};
}

}  // namespace etllm::evaluation
