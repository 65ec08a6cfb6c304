#pragma once

// The arguments of one call, and how they meet the parameters of a function.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/template/value.h"

namespace etllm::chat::jinja {

/// Filled with what the call gives; `bind` then assigns it to parameters.
class Arguments {
 public:
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;

  /// Assigns the arguments to `parameters`: names in order, separated by one
  /// space, those with a `?` optional. A `*` as the last one lets all further
  /// arguments stay in `positional` and `named`. Throws `TemplateError` for
  /// missing and unknown arguments.
  void bind(std::string_view function, std::string_view parameters);

  /// Whether the call gave the parameter at `index`.
  bool has(std::size_t index) const { return slots_[index].given; }
  /// The argument at `index`; undefined when it was not given.
  const Value& operator[](std::size_t index) const {
    return slots_[index].value;
  }
  /// The same, or `fallback` when it was not given.
  Value value_or(std::size_t index, const Value& fallback) const {
    return has(index) ? slots_[index].value : fallback;
  }
  /// Whether it was given and is not none.
  bool is_set(std::size_t index) const {
    return has(index) && !slots_[index].value.is_none();
  }
  /// Throws `TemplateError` when it was given and is not an integer.
  std::int64_t integer_or(std::size_t index, std::int64_t fallback) const;
  /// Throws `TemplateError` when it was given and is not a string. The view
  /// lives as long as the arguments.
  std::string_view text_or(std::size_t index, std::string_view fallback) const;
  bool truth_or(std::size_t index, bool fallback) const {
    return has(index) ? slots_[index].value.truthy() : fallback;
  }

 private:
  struct Slot {
    std::string_view name;
    Value value;
    bool given = false;
  };

  bool take_named(std::string_view name, Value& value);
  [[noreturn]] void fail_type(std::size_t index, const char* wanted) const;

  std::string_view function_;
  std::vector<Slot> slots_;
};

}  // namespace etllm::chat::jinja
