#pragma once

// The values of the template language: what Python calls objects. A value is
// cheap to copy; strings, sequences and dictionaries are immutable and shared.
// What can change (namespaces, loops) belongs to the `Heap` of one rendering
// and is only pointed at, so that values never form a cycle of owners.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace etllm::chat::jinja {

class Dict;
class Value;
struct BoundMethod;
struct BuiltinFunction;
struct LoopState;
struct MacroValue;
struct Namespace;

/// Which Python type a sequence stands for.
enum class SequenceType {
  kList,
  kTuple,
  kRange,
  kKeys,      ///< What `dict.keys()` gives.
  kValues,    ///< What `dict.values()` gives.
  kItems,     ///< What `dict.items()` gives.
  kIterator,  ///< Can be walked once and has no length, like a generator.
};

/// Items together with the kind of Python object that holds them.
struct Sequence {
  SequenceType type = SequenceType::kList;
  std::vector<Value> items;
  /// 1 + the depth of the deepest item.
  int depth = 1;
  /// Of a kRange, for printing it.
  std::int64_t start = 0, stop = 0, step = 1;
  /// Of a kIterator: how many items were taken already.
  mutable std::size_t taken = 0;
};

/// A string. `markup` says that it came from the `safe` or `escape` filter;
/// joining it with plain text then escapes that text.
struct Text {
  std::string bytes;
  bool markup = false;
};

/// A missing value, with the sentence that explains why it is missing.
struct Undefined {
  std::shared_ptr<const std::string> reason;
};

struct None {};

/// One value of any type.
class Value {
 public:
  /// An undefined value.
  Value() = default;
  static Value undefined(std::string reason);
  static Value none();
  static Value boolean(bool value);
  static Value integer(std::int64_t value);
  static Value floating(double value);
  static Value string(std::string bytes, bool markup = false);
  /// Throws `TemplateError` when the items nest too deeply.
  static Value sequence(SequenceType type, std::vector<Value> items);
  static Value sequence(std::shared_ptr<const Sequence> sequence);
  static Value list(std::vector<Value> items) {
    return sequence(SequenceType::kList, std::move(items));
  }
  static Value tuple(std::vector<Value> items) {
    return sequence(SequenceType::kTuple, std::move(items));
  }
  /// Throws `TemplateError` when the entries nest too deeply.
  static Value dict(Dict entries);
  static Value of(Namespace* target) { return Value(Data(target)); }
  static Value of(LoopState* loop) { return Value(Data(loop)); }
  static Value of(const BuiltinFunction* function);
  static Value of(std::shared_ptr<const MacroValue> macro);
  static Value of(std::shared_ptr<const BoundMethod> method);

  bool is_undefined() const { return holds<Undefined>(); }
  bool is_none() const { return holds<None>(); }
  bool is_bool() const { return holds<bool>(); }
  /// Integers; not booleans.
  bool is_integer() const { return holds<std::int64_t>(); }
  bool is_float() const { return holds<double>(); }
  /// Booleans, integers and floats, as in Python.
  bool is_number() const { return is_bool() || is_integer() || is_float(); }
  /// Booleans and integers.
  bool is_integral() const { return is_bool() || is_integer(); }
  bool is_string() const { return holds<std::shared_ptr<const Text>>(); }
  bool is_sequence() const { return holds<std::shared_ptr<const Sequence>>(); }
  bool is_sequence(SequenceType type) const {
    return is_sequence() && sequence().type == type;
  }
  bool is_list() const { return is_sequence(SequenceType::kList); }
  bool is_tuple() const { return is_sequence(SequenceType::kTuple); }
  bool is_dict() const { return holds<std::shared_ptr<const Dict>>(); }
  bool is_callable() const {
    return as_function() != nullptr || as_macro() != nullptr ||
           as_method() != nullptr;
  }

  /// Why the value is missing. Requires `is_undefined()`.
  std::string undefined_reason() const;
  /// Of a boolean or an integer.
  std::int64_t as_integer() const;
  /// Of a number.
  double as_double() const;
  /// Requires `is_string()`.
  const std::string& text() const;
  bool is_markup() const;
  /// Requires `is_sequence()`.
  const Sequence& sequence() const;
  const std::vector<Value>& items() const { return sequence().items; }
  /// Requires `is_dict()`.
  const Dict& dict() const;
  /// Null for values of other types.
  Namespace* as_namespace() const;
  LoopState* as_loop() const;
  const BuiltinFunction* as_function() const;
  const MacroValue* as_macro() const;
  const BoundMethod* as_method() const;

  /// Python's truth value.
  bool truthy() const;
  /// Python's name of the type, for messages.
  std::string_view type_name() const;
  /// How deeply containers nest in this value; 0 for a scalar.
  int depth() const;
  /// Whether both are one object, as Python's `is` would say.
  bool same_object(const Value& other) const;

 private:
  using Data =
      std::variant<Undefined, None, bool, std::int64_t, double,
                   std::shared_ptr<const Text>, std::shared_ptr<const Sequence>,
                   std::shared_ptr<const Dict>, Namespace*, LoopState*,
                   const BuiltinFunction*, std::shared_ptr<const MacroValue>,
                   std::shared_ptr<const BoundMethod>>;

  explicit Value(Data data) : data_(std::move(data)) {}

  template <typename T>
  bool holds() const {
    return std::holds_alternative<T>(data_);
  }
  template <typename T>
  T pointer_or_null() const {
    const T* pointer = std::get_if<T>(&data_);
    return pointer == nullptr ? nullptr : *pointer;
  }

  Data data_;
};

}  // namespace etllm::chat::jinja

#include "chat/template/dict.h"  // IWYU pragma: export
