#pragma once

// Tokens of an answer on their way to the caller: decoded, made whole
// characters, cut at stop strings.

#include <pytorch/tokenizers/tokenizer.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/stop_matcher.h"
#include "engine/utf8_stream.h"

namespace etllm::engine {

using TextCallback = std::function<void(const std::string&)>;

/// Lives for one answer. The tokenizer is borrowed.
class AnswerText {
 public:
  /// `previous_token` is the one before the answer: some tokenizers decode by
  /// it. `callback` may be empty; it never gets an empty text.
  AnswerText(const tokenizers::Tokenizer& tokenizer,
             std::uint64_t previous_token, std::vector<std::string> stops,
             TextCallback callback);

  /// Fails when the tokenizer does not know the token.
  Status append(std::uint64_t token);
  /// Whether a stop string has appeared.
  bool stopped() const { return stop_matcher_.matched(); }
  /// Delivers what was held back.
  void finish();

 private:
  void deliver(std::string_view text);

  const tokenizers::Tokenizer& tokenizer_;
  std::uint64_t previous_token_;
  Utf8Stream utf8_stream_;
  StopMatcher stop_matcher_;
  TextCallback callback_;
  std::string delivered_;
};

}  // namespace etllm::engine
