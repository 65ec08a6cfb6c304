#pragma once

// Reads the fields of a component of a `tokenizer.json`. The first mistake is
// kept, so that a reader can fetch all fields and look at `status()` once.
//
//   Fields fields(json, "normalizer Replace");
//   const std::string content = fields.text("content");
//   if (!fields.status().ok()) return fields.status();

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "tokenizers/formats/tokenizer_json.h"

namespace tokenizers::pipeline {

/// Borrows `json` for its lifetime.
class Fields {
 public:
  /// `what` names the component in messages.
  Fields(const Json& json, std::string what);

  const etllm::Status& status() const { return status_; }
  const std::string& what() const { return what_; }

  /// A required text.
  std::string text(const char* name);
  /// A text that may be missing or null.
  std::optional<std::string> optional_text(const char* name);
  /// A required text of exactly one character.
  char32_t character(const char* name);
  bool boolean(const char* name);
  bool boolean_or(const char* name, bool missing);
  /// A required number that is not negative.
  std::uint64_t count(const char* name);
  std::uint64_t count_or(const char* name, std::uint64_t missing);
  /// A required array; an empty one after a mistake.
  const Json& array(const char* name);
  /// A required value of any type; null after a mistake.
  const Json& value(const char* name);
  /// A value that may be missing: null then.
  const Json& optional_value(const char* name) const;

  /// Notes a mistake: "<what>: <sentence>".
  void fail(const std::string& sentence);

 private:
  const Json* find(const char* name) const;
  void fail_type(const char* name, const char* expected);

  const Json& json_;
  std::string what_;
  etllm::Status status_;
};

}  // namespace tokenizers::pipeline
