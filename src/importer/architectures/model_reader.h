#pragma once

// Reads hyper-parameters and tensors of one model, and remembers the first
// thing that is wrong, so that a family reads as a list of what it needs.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/status.h"
#include "importer/source/model_source.h"

namespace etllm::importer {

/// After the first failure every call gives a harmless value (1, or the
/// fallback, or nullptr); ask `status()` before using any of them.
class ModelReader {
 public:
  /// Keys are looked up as "<architecture>.<key>".
  ModelReader(const ModelSource& source, std::string_view architecture)
      : source_(source), prefix_(std::string(architecture) + ".") {}

  const Status& status() const { return status_; }
  /// Records `status` unless something failed before.
  void fail(Status status);
  /// "'model.gguf': " for sentences.
  std::string file_text() const { return "'" + source_.path() + "': "; }
  bool has(std::string_view key) const {
    return source_.config().contains(prefix_ + std::string(key));
  }

  /// An integer from 1 to `limit`. An array of equal values (one per layer) is
  /// taken as the value; arrays of different ones are not supported.
  std::uint32_t size(std::string_view key, std::uint32_t limit);
  std::uint32_t size_or(std::string_view key, std::uint32_t limit,
                        std::uint32_t fallback);
  /// A finite number above zero.
  double positive(std::string_view key);
  double positive_or(std::string_view key, double fallback);
  std::string text_or(std::string_view key, std::string_view fallback);

  /// The tensor of that name, which must have exactly this shape, outermost
  /// first.
  const SourceTensor* tensor(const std::string& name,
                             std::initializer_list<std::uint64_t> shape);
  /// As `tensor`; nullptr when the file has none of that name.
  const SourceTensor* optional_tensor(
      const std::string& name, std::initializer_list<std::uint64_t> shape);
  /// Fails when the file holds a tensor that nobody asked for: it would have a
  /// part in the result that we do not know.
  void expect_no_other_tensors();

 private:
  /// The value of `key`; nullptr after a failure, also that it is missing.
  const Json* value(std::string_view key);
  void fail_type(std::string_view key);

  const ModelSource& source_;
  std::string prefix_;
  Status status_;
  std::unordered_set<std::string_view> used_;
};

}  // namespace etllm::importer
