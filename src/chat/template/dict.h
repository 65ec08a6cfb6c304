#pragma once

// A dictionary that keeps the order in which its keys were added. Keys are
// what Python can hash: strings, numbers, none, and tuples of them.

#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/template/value.h"

namespace etllm::chat::jinja {

class Budget;

/// Orders dictionary keys such that keys that Python finds equal (1, 1.0 and
/// true) are equivalent. Requires hashable keys.
struct KeyLess {
  bool operator()(const Value& left, const Value& right) const;
};

/// Throws `TemplateError` unless `key` can be a dictionary key. Pays for
/// comparing it.
void require_hashable(Budget& budget, const Value& key);

/// Grown while it is built, then shared as an immutable value.
class Dict {
 public:
  using Entry = std::pair<Value, Value>;

  /// Adds a key, or replaces the value of a key that is there already.
  /// Requires a hashable key.
  void set(Value key, Value value);
  void set(std::string_view key, Value value) {
    set(Value::string(std::string(key)), std::move(value));
  }

  /// Null where the key is missing. Requires a hashable key.
  const Value* find(const Value& key) const;
  /// The same for a string, without making a value of it.
  const Value* find(std::string_view key) const;

  const std::vector<Entry>& entries() const { return entries_; }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  /// 1 + the depth of the deepest entry.
  int depth() const { return depth_; }

 private:
  std::size_t index_of(const Value& key) const;

  std::vector<Entry> entries_;
  // Only of dictionaries that are too large to be searched entry by entry.
  std::map<Value, std::size_t, KeyLess> index_;
  int depth_ = 1;
};

}  // namespace etllm::chat::jinja
