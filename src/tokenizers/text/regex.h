#pragma once

// A compiled pattern of a tokenizer. Patterns come from files that nobody
// vouches for, so the work that a search may cost is bounded.

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tokenizers::pipeline {

/// Bytes `begin` to `end` of a text.
struct Span {
  std::size_t begin;
  std::size_t end;
};

/// Immutable after `compile`; may be used from several threads.
class Regex {
 public:
  /// `pattern` is in Oniguruma's syntax.
  static etllm::Result<Regex> compile(std::string_view pattern);

  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  /// Appends the matches in `text`, from left to right and without overlap. An
  /// empty match right behind a match does not count. kCancelled when the
  /// search takes too long.
  etllm::Status find_all(std::string_view text,
                         std::vector<Span>& matches) const;

 private:
  class Code;
  explicit Regex(std::unique_ptr<const Code> code);

  std::unique_ptr<const Code> code_;
};

}  // namespace tokenizers::pipeline
