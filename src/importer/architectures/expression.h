#pragma once

// Values of a description of an architecture: numbers, texts and truths that
// are written down, read from the configuration of a model, or computed.
// docs/importing.md lists the forms.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "importer/source/model_source.h"

namespace etllm::importer {

/// Looks up and computes values for one model. After the first failure (an
/// expression that makes no sense, a list with no entry for a layer) every
/// value is absent; ask `status()`.
class Expressions {
 public:
  static constexpr int kNoLayer = -1;

  /// Keys of a GGUF file are looked up behind "<architecture>." too.
  explicit Expressions(const ModelSource& source);

  /// Gives expressions the name "$<name>" for a number.
  void define(const std::string& name, double value) { names_[name] = value; }

  /// The value of `expression`: a number, a text (without its "="), a truth or
  /// an object of the configuration; absent when the configuration does not
  /// say. A list of the configuration means its entry for `layer`; without a
  /// layer its entries must be equal.
  std::optional<Json> evaluate(const Json& expression, int layer = kNoLayer);

  /// The entry of the configuration itself; nullptr when there is none or it
  /// is null.
  const Json* find(std::string_view key) const;

  const Status& status() const { return status_; }
  /// "'model.gguf': metadata key 'llama.block_count'": what the last value
  /// came from, for sentences.
  std::string origin_text() const;
  /// A key under which the model could have had `expression`.
  std::string expected_key(const Json& expression) const;

 private:
  std::optional<Json> compute(const Json& expression, int layer, int depth);
  std::optional<Json> look_up(const std::string& key, int layer);
  std::optional<Json> apply(const std::string& name, const Json& operand,
                            int layer, int depth);
  std::optional<Json> choose(const Json& operand, int layer, int depth);
  std::optional<Json> compare(const std::string& name, const Json& operand,
                              int layer, int depth);
  std::optional<Json> calculate(const std::string& name, const Json& operand,
                                int layer, int depth);
  std::optional<double> number(const Json& expression, int layer, int depth);
  std::optional<Json> fail(const std::string& what);
  std::string full_name(std::string_view key) const;

  const ModelSource& source_;
  std::string prefix_;
  std::map<std::string, double> names_;
  std::string origin_;
  Status status_;
};

/// Whether a value counts as true: true, a number other than 0, any text, a
/// list with entries.
bool is_true(const Json& value);

}  // namespace etllm::importer
