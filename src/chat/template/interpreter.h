#pragma once

// Walks over the syntax tree of a template and writes its text.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chat/template/arguments.h"
#include "chat/template/ast.h"
#include "chat/template/render_context.h"

namespace etllm::chat::jinja {

/// Renders one template once; not thread-safe.
class Interpreter {
 public:
  /// `variables` has the inputs of the template. Both arguments must outlive
  /// the interpreter.
  Interpreter(RenderContext& context, Scope& variables)
      : context_(context), scope_(&variables) {}

  /// Throws `TemplateError`; its line is `line()`.
  std::string render(const ast::Body& body);

  /// The line of the template that was evaluated last.
  int line() const { return line_; }

 private:
  enum class Flow { kNormal, kBreak, kContinue };

  // Opens a scope for the lifetime of the object.
  class ScopeGuard {
   public:
    explicit ScopeGuard(Interpreter& interpreter);
    ScopeGuard(Interpreter& interpreter, Scope* parent);
    ~ScopeGuard();
    ScopeGuard(const ScopeGuard&) = delete;
    ScopeGuard& operator=(const ScopeGuard&) = delete;

   private:
    Interpreter& interpreter_;
    Scope* previous_;
    std::unique_ptr<Scope> scope_;
  };

  // ---- Statements (statements.cpp)
  Flow execute(const ast::Body& body);
  Flow execute(const ast::Data& node);
  Flow execute(const ast::Output& node);
  Flow execute(const ast::If& node);
  Flow execute(const ast::For& node);
  Flow execute(const ast::Set& node);
  Flow execute(const ast::SetBlock& node);
  Flow execute(const ast::Macro& node);
  Flow execute(const ast::CallBlock& node);
  Flow execute(const ast::FilterBlock& node);
  Flow execute(const ast::With& node);
  Flow execute(const ast::Break&) { return Flow::kBreak; }
  Flow execute(const ast::Continue&) { return Flow::kContinue; }
  // Returns how many iterations ran to the end of the body.
  std::size_t execute_loop(const ast::For& node, LoopState* loop);
  std::vector<Value> loop_items(const ast::For& node);
  Flow capture(const ast::Body& body, std::string& text);
  void write(std::string_view text);
  void assign(const ast::Target& target, const Value& value);
  void assign_tuple(const ast::Target& target, const Value& value);
  std::shared_ptr<const MacroValue> capture_macro(
      const ast::MacroDefinition& definition);
  Value call_macro(const MacroValue& macro, Arguments arguments);
  void bind_parameters(const ast::MacroDefinition& macro, Arguments& arguments);
  void bind_special_names(const ast::MacroDefinition& macro,
                          Arguments& arguments);

  // ---- Expressions (expressions.cpp)
  Value evaluate(const ast::Expression& expression);
  Value evaluate(const ast::Literal& node) { return node.value; }
  Value evaluate(const ast::Name& node);
  Value evaluate(const ast::SequenceLiteral& node);
  Value evaluate(const ast::DictLiteral& node);
  Value evaluate(const ast::Unary& node);
  Value evaluate(const ast::Binary& node);
  Value evaluate(const ast::Concatenation& node);
  Value evaluate(const ast::Logical& node);
  Value evaluate(const ast::Comparison& node);
  Value evaluate(const ast::Conditional& node);
  Value evaluate(const ast::Attribute& node);
  Value evaluate(const ast::Item& node);
  Value evaluate(const ast::Slice& node);
  Value evaluate(const ast::Call& node);
  Value evaluate(const ast::Filter& node);
  Value evaluate(const ast::Test& node);
  bool compare(ast::ComparisonOperator op, const Value& left,
               const Value& right);
  Arguments evaluate_arguments(const ast::ArgumentList& list);
  Value call(const Value& callee, Arguments arguments);
  // A filter expression whose innermost input is `input`.
  Value apply_filter_chain(const ast::Expression& chain, const Value& input);
  Value apply_filter(const ast::Filter& filter, const Value& input);

  RenderContext& context_;
  Scope* scope_;
  std::string* output_ = nullptr;
  int line_ = 0;
};

}  // namespace etllm::chat::jinja
