#pragma once

// Other types for single tensors than for the rest of a model.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "importer/import.h"

namespace etllm::importer {

/// Whether all of `text` matches: '*' stands for any text, '?' for one
/// character, "[abc]" and "[a-c]" for one of several, "[!abc]" for another one.
bool matches_glob(std::string_view pattern, std::string_view text);

/// Answers which type a tensor gets, and remembers which patterns were of use.
class QuantizationChoice {
 public:
  QuantizationChoice(Quantization quantization,
                     std::vector<TensorQuantization> exceptions);

  /// For the whole model.
  Quantization quantization() const { return quantization_; }
  /// The type of the last exception that matches, with or without the
  /// ".weight" at the end of a name; nothing without one.
  std::optional<Quantization> exception_for(std::string_view name);
  /// Fails with kInvalidArgument for a pattern that matched no name so far.
  Status check_all_used() const;

 private:
  Quantization quantization_;
  std::vector<TensorQuantization> exceptions_;
  std::vector<bool> is_used_;
  /// A few of the names, for the sentence.
  std::vector<std::string> names_;
};

}  // namespace etllm::importer
