#pragma once

// Large JSON files, parsed by simdjson: checked as a whole, then walked.
//
//   auto document = JsonDocument::parse(text);
//   simdjson::dom::object file;
//   if (document->root().get(file)) return etllm::invalid_data("...");

#include <simdjson.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/status.h"

namespace tokenizers::pipeline {

/// Owns the values of a file, which do not refer to its text.
class JsonDocument {
 public:
  /// Fails with a sentence without the file's name on what is not JSON in
  /// UTF-8, on numbers that 64 bits do not hold, and on deep nesting, which no
  /// tokenizer needs and every component would have to guard against.
  static etllm::Result<JsonDocument> parse(std::string_view text);

  /// Valid as long as the document.
  simdjson::dom::element root() const { return parser_.doc.root(); }

 private:
  JsonDocument() = default;

  simdjson::dom::parser parser_;
};

/// A copy as an ordinary JSON value. Of equal keys the last one counts.
nlohmann::json to_json(simdjson::dom::element value);

}  // namespace tokenizers::pipeline
