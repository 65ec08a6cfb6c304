// The part of the interpreter that executes statements.

#include <algorithm>
#include <string>
#include <utility>

#include "chat/template/builtins.h"
#include "chat/template/interpreter.h"
#include "chat/template/iteration.h"
#include "chat/template/template_error.h"
#include "chat/template/to_text.h"

namespace etllm::chat::jinja {

Interpreter::ScopeGuard::ScopeGuard(Interpreter& interpreter)
    : ScopeGuard(interpreter, interpreter.scope_) {}

Interpreter::ScopeGuard::ScopeGuard(Interpreter& interpreter, Scope* parent)
    : interpreter_(interpreter),
      previous_(interpreter.scope_),
      scope_(std::make_unique<Scope>()) {
  scope_->parent = parent;
  interpreter_.scope_ = scope_.get();
}

Interpreter::ScopeGuard::~ScopeGuard() {
  interpreter_.scope_ = previous_;
  if (scope_->captured) interpreter_.context_.heap().keep(std::move(scope_));
}

std::string Interpreter::render(const ast::Body& body) {
  std::string text;
  output_ = &text;
  execute(body);
  output_ = nullptr;
  return text;
}

Interpreter::Flow Interpreter::execute(const ast::Body& body) {
  const Budget::Level level(context_.budget());
  for (const auto& statement : body) {
    context_.budget().spend_steps();
    line_ = statement->line;
    const Flow flow = std::visit(
        [this](const auto& node) { return execute(node); }, statement->node);
    if (flow != Flow::kNormal) return flow;
  }
  return Flow::kNormal;
}

void Interpreter::write(std::string_view text) {
  if (text.size() > kMaxTextBytes - output_->size()) {
    throw TemplateError("the rendered text is longer than 16 MiB");
  }
  context_.budget().spend_bytes(text.size());
  output_->append(text);
}

Interpreter::Flow Interpreter::execute(const ast::Data& node) {
  write(node.text.text());
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::execute(const ast::Output& node) {
  const Value value = evaluate(*node.expression);
  if (value.is_string()) {
    write(value.text());
  } else {
    write(to_text(context_.budget(), value));
  }
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::execute(const ast::If& node) {
  for (const auto& branch : node.branches) {
    if (evaluate(*branch.test).truthy()) return execute(branch.body);
  }
  return execute(node.otherwise);
}

Interpreter::Flow Interpreter::execute(const ast::For& node) {
  LoopState* loop = context_.heap().make_loop();
  loop->items = loop_items(node);
  context_.budget().spend_bytes(sizeof(LoopState) +
                                loop->items.size() * sizeof(Value));
  // Jinja2 takes `else` when no iteration ran to its end.
  if (execute_loop(node, loop) == 0) {
    const ScopeGuard scope(*this);
    return execute(node.otherwise);
  }
  return Flow::kNormal;
}

std::vector<Value> Interpreter::loop_items(const ast::For& node) {
  std::vector<Value> items =
      iterate(context_.budget(), evaluate(*node.iterable));
  if (node.filter == nullptr) return items;
  std::vector<Value> selected;
  for (Value& item : items) {
    const ScopeGuard scope(*this);
    assign(node.target, item);
    if (evaluate(*node.filter).truthy()) selected.push_back(std::move(item));
  }
  return selected;
}

std::size_t Interpreter::execute_loop(const ast::For& node, LoopState* loop) {
  std::size_t completed = 0;
  for (; loop->index < loop->items.size(); ++loop->index) {
    const ScopeGuard scope(*this);
    scope_->set(context_.budget(), "loop", Value::of(loop));
    assign(node.target, loop->items[loop->index]);
    const Flow flow = execute(node.body);
    if (flow == Flow::kBreak) break;
    if (flow == Flow::kNormal) ++completed;
  }
  return completed;
}

Interpreter::Flow Interpreter::execute(const ast::Set& node) {
  assign(node.target, evaluate(*node.value));
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::execute(const ast::SetBlock& node) {
  std::string text;
  const Flow flow = capture(node.body, text);
  if (flow != Flow::kNormal) return flow;
  Value value = context_.string(std::move(text));
  if (node.filter != nullptr) value = apply_filter_chain(*node.filter, value);
  assign(node.target, value);
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::execute(const ast::FilterBlock& node) {
  std::string text;
  const Flow flow = capture(node.body, text);
  if (flow != Flow::kNormal) return flow;
  const Value value = context_.string(std::move(text));
  write(to_text(context_.budget(), apply_filter_chain(*node.filter, value)));
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::execute(const ast::With& node) {
  std::vector<Value> values;
  for (const auto& [target, expression] : node.assignments) {
    values.push_back(evaluate(*expression));
  }
  const ScopeGuard scope(*this);
  for (std::size_t i = 0; i < values.size(); ++i) {
    assign(node.assignments[i].first, values[i]);
  }
  return execute(node.body);
}

// Executes a body in a scope of its own, with its output going to `text`.
Interpreter::Flow Interpreter::capture(const ast::Body& body,
                                       std::string& text) {
  const ScopeGuard scope(*this);
  std::string* const outer = std::exchange(output_, &text);
  const Flow flow = execute(body);
  output_ = outer;
  return flow;
}

void Interpreter::assign(const ast::Target& target, const Value& value) {
  if (target.is_tuple) return assign_tuple(target, value);
  if (target.attribute.empty())
    return scope_->set(context_.budget(), target.name, value);
  const Value* object = scope_->find(context_.budget(), target.name);
  Namespace* const owner = object == nullptr ? nullptr : object->as_namespace();
  if (owner == nullptr) {
    throw TemplateError("'" + target.name + "." + target.attribute +
                        "' cannot be set: '" + target.name +
                        "' is not a namespace");
  }
  if (target.attribute.front() == '_') {
    throw TemplateError("the attribute '" + target.attribute +
                        "' of a namespace may not start with '_'");
  }
  context_.budget().spend_bytes(sizeof(Dict::Entry));
  owner->attributes.set(target.attribute, value);
}

void Interpreter::assign_tuple(const ast::Target& target, const Value& value) {
  const std::vector<Value> items = iterate(context_.budget(), value);
  if (items.size() != target.targets.size()) {
    throw TemplateError(std::to_string(items.size()) +
                        " values cannot be assigned to " +
                        std::to_string(target.targets.size()) + " names");
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    assign(target.targets[i], items[i]);
  }
}

// ---- Macros

std::shared_ptr<const MacroValue> Interpreter::capture_macro(
    const ast::MacroDefinition& definition) {
  // The macro may be called after its block has ended.
  for (Scope* scope = scope_; scope != nullptr && !scope->captured;
       scope = scope->parent) {
    scope->captured = true;
    context_.budget().spend_bytes(sizeof(Scope));
  }
  auto macro = std::make_shared<MacroValue>();
  macro->definition = &definition;
  macro->scope = scope_;
  return macro;
}

Interpreter::Flow Interpreter::execute(const ast::Macro& node) {
  scope_->set(context_.budget(), node.definition.name,
              Value::of(capture_macro(node.definition)));
  return Flow::kNormal;
}

Interpreter::Flow Interpreter::execute(const ast::CallBlock& node) {
  const auto& call_node = std::get<ast::Call>(node.call->node);
  const Value callee = evaluate(*call_node.callee);
  Arguments arguments = evaluate_arguments(call_node.arguments);
  arguments.named.emplace_back("caller", Value::of(capture_macro(node.caller)));
  write(to_text(context_.budget(), call(callee, std::move(arguments))));
  return Flow::kNormal;
}

Value Interpreter::call_macro(const MacroValue& macro, Arguments arguments) {
  const Budget::Level level(context_.budget());
  std::string text;
  std::string* const outer = std::exchange(output_, &text);
  {
    const ScopeGuard scope(*this, macro.scope);
    bind_parameters(*macro.definition, arguments);
    execute(macro.definition->body);
  }
  output_ = outer;
  return context_.string(std::move(text));
}

void Interpreter::bind_parameters(const ast::MacroDefinition& macro,
                                  Arguments& arguments) {
  context_.budget().spend_bytes(macro.parameters.size() *
                                arguments.named.size());
  std::size_t used = 0;
  for (const auto& parameter : macro.parameters) {
    const auto named = std::find_if(
        arguments.named.begin(), arguments.named.end(),
        [&](const auto& entry) { return entry.first == parameter.name; });
    if (used < arguments.positional.size()) {
      scope_->set(context_.budget(), parameter.name,
                  arguments.positional[used++]);
    } else if (named != arguments.named.end()) {
      scope_->set(context_.budget(), parameter.name, std::move(named->second));
      arguments.named.erase(named);
    } else if (parameter.default_value != nullptr) {
      scope_->set(context_.budget(), parameter.name,
                  evaluate(*parameter.default_value));
    } else {
      scope_->set(context_.budget(), parameter.name,
                  Value::undefined("the argument '" + parameter.name +
                                   "' was not given"));
    }
  }
  arguments.positional.erase(
      arguments.positional.begin(),
      arguments.positional.begin() + static_cast<std::ptrdiff_t>(used));
  bind_special_names(macro, arguments);
}

void Interpreter::bind_special_names(const ast::MacroDefinition& macro,
                                     Arguments& arguments) {
  if (macro.uses_caller && !macro.has_parameter("caller")) {
    const auto caller =
        std::find_if(arguments.named.begin(), arguments.named.end(),
                     [](const auto& entry) { return entry.first == "caller"; });
    Value value = Value::undefined("no caller is defined");
    if (caller != arguments.named.end()) {
      value = std::move(caller->second);
      arguments.named.erase(caller);
    }
    scope_->set(context_.budget(), "caller", std::move(value));
  }
  if (macro.uses_kwargs) {
    Dict named;
    for (auto& [name, value] : arguments.named) {
      named.set(name, std::move(value));
    }
    scope_->set(context_.budget(), "kwargs", context_.dict(std::move(named)));
  } else if (!arguments.named.empty()) {
    throw TemplateError("the macro '" + macro.name + "' has no parameter '" +
                        arguments.named.front().first + "'");
  }
  if (macro.uses_varargs) {
    scope_->set(context_.budget(), "varargs",
                context_.tuple(std::move(arguments.positional)));
  } else if (!arguments.positional.empty()) {
    throw TemplateError("the macro '" + macro.name +
                        "' was given too many arguments");
  }
}

}  // namespace etllm::chat::jinja
