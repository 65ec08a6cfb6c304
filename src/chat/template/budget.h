#pragma once

// Counts what one rendering costs and stops it with a `TemplateError` when it
// costs more than `limits.h` allows.

#include <cstddef>
#include <cstdint>

#include "chat/template/limits.h"

namespace etllm::chat::jinja {

class Value;

/// Belongs to one rendering; not thread-safe.
class Budget {
 public:
  /// Accounts for `count` evaluated nodes, items or comparisons.
  void spend_steps(std::uint64_t count = 1);

  /// Accounts for reading or making `count` bytes. Called before they are made
  /// wherever a few bytes of input can ask for many bytes of output.
  void spend_bytes(std::uint64_t count) {
    spend_steps(count / kBytesPerStep + 1);
  }

  /// Accounts for a new text of `count` bytes.
  void spend_text(std::uint64_t count);

  /// Accounts for a walk over everything inside `value`.
  void spend_walk(const Value& value);

  /// One level of evaluation; throws when the nesting gets too deep.
  class Level {
   public:
    explicit Level(Budget& budget);
    ~Level() { --budget_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Budget& budget_;
  };

 private:
  std::uint64_t steps_ = 0;
  int depth_ = 0;
};

}  // namespace etllm::chat::jinja
