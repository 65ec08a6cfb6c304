#pragma once

// Changes logits before a token is selected: grammar masks, biases, penalties.

#include <executorch/runtime/core/error.h>
#include <executorch/runtime/core/exec_aten/exec_aten.h>

namespace executorch {
namespace extension {
namespace llm {

/// Derive from it and hand it to TextTokenGenerator::add_logit_processor.
class LogitProcessor {
 public:
  virtual ~LogitProcessor() = default;

  /// Changes `logits` in place, once per generated token. The shape is
  /// [batch, vocab] or [batch, seq, vocab], of which the last position counts;
  /// the type is the model's. An error ends the generation.
  virtual ::executorch::runtime::Error process(
      ::executorch::aten::Tensor logits) = 0;
};

}  // namespace llm
}  // namespace extension
}  // namespace executorch
