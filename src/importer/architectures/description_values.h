#pragma once

// Reads members of a description as sizes, numbers, truths and words.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "importer/architectures/expression.h"
#include "importer/architectures/tensor_reader.h"

namespace etllm::importer {

/// What is wrong goes to the TensorReader, the one place to ask; values are
/// harmless then (1, the fallback, the first word).
class DescriptionValues {
 public:
  DescriptionValues(const Json& description, Expressions& expressions,
                    TensorReader& tensors)
      : description_(description),
        expressions_(expressions),
        tensors_(tensors) {}

  const Json& member(const char* section, const char* name) const {
    return description_[section][name];
  }

  /// A whole number from 1 to `limit` that has to be there.
  std::uint32_t size(const char* section, const char* name,
                     std::uint32_t limit);
  /// A whole number from 0 to `limit`; 0 when absent.
  std::uint32_t count(const char* section, const char* name,
                      std::uint32_t limit, int layer = Expressions::kNoLayer);
  /// A finite number other than 0 that has to be there.
  double number(const char* section, const char* name,
                int layer = Expressions::kNoLayer);
  /// As `number`, or 0, or absent, which gives 0.
  double number_or_zero(const char* section, const char* name);
  std::optional<bool> truth(const char* section, const char* name,
                            int layer = Expressions::kNoLayer);
  /// The index of the member's word in `words`.
  std::size_t word(const char* section, const char* name,
                   std::initializer_list<std::string_view> words);
  /// A text; empty when absent.
  std::string text(const char* section, const char* name);

 private:
  std::optional<Json> evaluate(const char* section, const char* name,
                               int layer);
  void fail_missing(const Json& expression, const std::string& name);

  const Json& description_;
  Expressions& expressions_;
  TensorReader& tensors_;
};

}  // namespace etllm::importer
