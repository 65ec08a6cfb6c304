#pragma once

// What exists only while a template is rendered: scopes, namespaces, loops,
// macros and functions.

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chat/template/value.h"

namespace etllm::chat::jinja {

class Arguments;
class Budget;
class RenderContext;
namespace ast {
struct MacroDefinition;
}

/// Variables of one block, innermost first through `parent`. Names are views
/// into the syntax tree or the inputs, which outlive the rendering.
struct Scope {
  Scope* parent = nullptr;
  std::vector<std::pair<std::string_view, Value>> variables;
  /// A macro was defined inside, so the scope must outlive its block.
  bool captured = false;

  /// Sets a variable of this scope. Pays for looking whether it exists.
  void set(Budget& budget, std::string_view name, Value value);
  /// Looks in this scope and then outwards; null where there is none. Pays for
  /// what it looks at.
  const Value* find(Budget& budget, std::string_view name) const;
};

/// What `namespace()` gives: attributes that can be set from inner scopes.
struct Namespace {
  Dict attributes;
};

/// The `loop` variable of a `for` statement.
struct LoopState {
  std::vector<Value> items;
  std::size_t index = 0;
  /// Arguments of the last call of `loop.changed()`.
  std::vector<Value> last_changed;
  bool was_asked_for_change = false;
};

/// A macro together with the scope that it was defined in.
struct MacroValue {
  const ast::MacroDefinition* definition = nullptr;
  Scope* scope = nullptr;
};

/// A function of the language. `parameters` is in the notation of `Arguments`.
struct BuiltinFunction {
  std::string_view name;
  std::string_view parameters;
  Value (*call)(RenderContext& context, Arguments& arguments);
};

/// A filter, a test or a method: a function of a value and of arguments.
struct ValueFunction {
  std::string_view name;
  std::string_view parameters;
  Value (*call)(RenderContext& context, const Value& self,
                Arguments& arguments);
};

/// A method together with the value it was taken from.
struct BoundMethod {
  Value self;
  const ValueFunction* method = nullptr;
};

/// Owns what values only point at. Everything lives until the end of the
/// rendering; the budget bounds how much that can be.
class Heap {
 public:
  Namespace* make_namespace() { return &namespaces_.emplace_back(); }
  LoopState* make_loop() { return &loops_.emplace_back(); }
  /// Keeps a scope that a macro refers to.
  void keep(std::unique_ptr<Scope> scope) {
    scopes_.push_back(std::move(scope));
  }

 private:
  std::deque<Namespace> namespaces_;
  std::deque<LoopState> loops_;
  std::vector<std::unique_ptr<Scope>> scopes_;
};

}  // namespace etllm::chat::jinja
