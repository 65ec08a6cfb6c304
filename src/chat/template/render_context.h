#pragma once

// What filters, tests, methods and functions may use of the rendering that
// calls them.

#include <ctime>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chat/template/budget.h"
#include "chat/template/runtime_objects.h"
#include "chat/template/value.h"

namespace etllm::chat::jinja {

/// Belongs to one rendering; not thread-safe. The functions that make values
/// account for their size.
class RenderContext {
 public:
  /// `now` is what `strftime_now` reads.
  explicit RenderContext(std::optional<std::tm> now) : now_(now) {}

  Budget& budget() { return budget_; }
  Heap& heap() { return heap_; }
  const std::optional<std::tm>& now() const { return now_; }

  Value string(std::string bytes, bool markup = false) {
    budget_.spend_bytes(sizeof(Text));
    budget_.spend_text(bytes.size());
    return Value::string(std::move(bytes), markup);
  }
  /// A text that is markup if `source`, a string, is.
  Value text_like(const Value& source, std::string bytes) {
    return string(std::move(bytes), source.is_markup());
  }
  Value sequence(SequenceType type, std::vector<Value> items) {
    budget_.spend_bytes(items.size() * sizeof(Value) + sizeof(Sequence));
    return Value::sequence(type, std::move(items));
  }
  Value list(std::vector<Value> items) {
    return sequence(SequenceType::kList, std::move(items));
  }
  Value tuple(std::vector<Value> items) {
    return sequence(SequenceType::kTuple, std::move(items));
  }
  Value iterator(std::vector<Value> items) {
    return sequence(SequenceType::kIterator, std::move(items));
  }
  Value dict(Dict entries) {
    budget_.spend_bytes(entries.size() * sizeof(Dict::Entry) + sizeof(Dict));
    return Value::dict(std::move(entries));
  }

 private:
  Budget budget_;
  Heap heap_;
  std::optional<std::tm> now_;
};

}  // namespace etllm::chat::jinja
