// The part of the interpreter that evaluates expressions.

#include <string>
#include <utility>

#include "chat/template/builtins.h"
#include "chat/template/compare.h"
#include "chat/template/interpreter.h"
#include "chat/template/iteration.h"
#include "chat/template/operators.h"
#include "chat/template/subscript.h"
#include "chat/template/template_error.h"
#include "chat/template/to_text.h"

namespace etllm::chat::jinja {

Value Interpreter::evaluate(const ast::Expression& expression) {
  const Budget::Level level(context_.budget());
  context_.budget().spend_steps();
  line_ = expression.line;
  return std::visit([this](const auto& node) { return evaluate(node); },
                    expression.node);
}

Value Interpreter::evaluate(const ast::Name& node) {
  const Value* value = scope_->find(context_.budget(), node.name);
  return value == nullptr ? Value::undefined("'" + node.name + "' is undefined")
                          : *value;
}

Value Interpreter::evaluate(const ast::SequenceLiteral& node) {
  std::vector<Value> items;
  items.reserve(node.items.size());
  for (const auto& item : node.items) items.push_back(evaluate(*item));
  return context_.sequence(node.type, std::move(items));
}

Value Interpreter::evaluate(const ast::DictLiteral& node) {
  Dict dict;
  for (const auto& [key_expression, value_expression] : node.entries) {
    Value key = evaluate(*key_expression);
    Value value = evaluate(*value_expression);
    require_hashable(context_.budget(), key);
    dict.set(std::move(key), std::move(value));
  }
  return context_.dict(std::move(dict));
}

Value Interpreter::evaluate(const ast::Unary& node) {
  return apply(context_, node.op, evaluate(*node.operand));
}

Value Interpreter::evaluate(const ast::Binary& node) {
  const Value left = evaluate(*node.left);
  const Value right = evaluate(*node.right);
  return apply(context_, node.op, left, right);
}

Value Interpreter::evaluate(const ast::Concatenation& node) {
  std::string text;
  for (const auto& part : node.parts) {
    text += to_text(context_.budget(), evaluate(*part));
  }
  return context_.string(std::move(text));
}

Value Interpreter::evaluate(const ast::Logical& node) {
  Value left = evaluate(*node.left);
  return left.truthy() == node.is_and ? evaluate(*node.right) : std::move(left);
}

Value Interpreter::evaluate(const ast::Comparison& node) {
  Value left = evaluate(*node.first);
  for (const auto& [op, operand] : node.rest) {
    Value right = evaluate(*operand);
    if (!compare(op, left, right)) return Value::boolean(false);
    left = std::move(right);
  }
  return Value::boolean(true);
}

bool Interpreter::compare(ast::ComparisonOperator op, const Value& left,
                          const Value& right) {
  Budget& budget = context_.budget();
  switch (op) {
    case ast::ComparisonOperator::kEqual:
      return equals(budget, left, right);
    case ast::ComparisonOperator::kNotEqual:
      return !equals(budget, left, right);
    case ast::ComparisonOperator::kLess:
      return less_than(budget, left, right);
    case ast::ComparisonOperator::kLessEqual:
      return less_equal(budget, left, right);
    case ast::ComparisonOperator::kGreater:
      return less_than(budget, right, left);
    case ast::ComparisonOperator::kGreaterEqual:
      return less_equal(budget, right, left);
    case ast::ComparisonOperator::kIn:
      return contains(budget, right, left);
    case ast::ComparisonOperator::kNotIn:
      return !contains(budget, right, left);
  }
  return false;
}

Value Interpreter::evaluate(const ast::Conditional& node) {
  if (evaluate(*node.test).truthy()) return evaluate(*node.value);
  if (node.otherwise != nullptr) return evaluate(*node.otherwise);
  return Value::undefined(
      "the condition of an 'if' expression without 'else' was false");
}

Value Interpreter::evaluate(const ast::Attribute& node) {
  return get_attribute(context_, evaluate(*node.object), node.name);
}

Value Interpreter::evaluate(const ast::Item& node) {
  const Value object = evaluate(*node.object);
  return get_item(context_, object, evaluate(*node.key));
}

Value Interpreter::evaluate(const ast::Slice& node) {
  const Value object = evaluate(*node.object);
  const auto bound = [this](const ast::ExpressionPtr& expression) {
    return expression == nullptr ? Value::none() : evaluate(*expression);
  };
  SliceBounds bounds;
  bounds.start = bound(node.start);
  bounds.stop = bound(node.stop);
  bounds.step = bound(node.step);
  return get_slice(context_, object, bounds);
}

Value Interpreter::evaluate(const ast::Call& node) {
  const Value callee = evaluate(*node.callee);
  return call(callee, evaluate_arguments(node.arguments));
}

Value Interpreter::evaluate(const ast::Filter& node) {
  return apply_filter(node, evaluate(*node.input));
}

Value Interpreter::evaluate(const ast::Test& node) {
  const Value input = evaluate(*node.input);
  return Value::boolean(call_test(context_, node.name, input,
                                  evaluate_arguments(node.arguments)));
}

Value Interpreter::apply_filter(const ast::Filter& filter, const Value& input) {
  return call_filter(context_, filter.name, input,
                     evaluate_arguments(filter.arguments));
}

Value Interpreter::apply_filter_chain(const ast::Expression& chain,
                                      const Value& input) {
  const auto& filter = std::get<ast::Filter>(chain.node);
  if (filter.input == nullptr) return apply_filter(filter, input);
  return apply_filter(filter, apply_filter_chain(*filter.input, input));
}

Arguments Interpreter::evaluate_arguments(const ast::ArgumentList& list) {
  Arguments arguments;
  for (const auto& argument : list.positional) {
    arguments.positional.push_back(evaluate(*argument));
  }
  for (const auto& [name, argument] : list.named) {
    arguments.named.emplace_back(name, evaluate(*argument));
  }
  if (list.star != nullptr) {
    for (Value& item : iterate(context_.budget(), evaluate(*list.star))) {
      arguments.positional.push_back(std::move(item));
    }
  }
  if (list.double_star != nullptr) {
    const Value dict = evaluate(*list.double_star);
    require_defined(dict);
    if (!dict.is_dict()) throw TemplateError("'**' needs a dictionary");
    for (const auto& [key, value] : dict.dict().entries()) {
      if (!key.is_string()) throw TemplateError("'**' needs names as keys");
      arguments.named.emplace_back(key.text(), value);
    }
  }
  return arguments;
}

Value Interpreter::call(const Value& callee, Arguments arguments) {
  require_defined(callee);
  context_.budget().spend_steps(arguments.positional.size() +
                                arguments.named.size());
  if (const MacroValue* macro = callee.as_macro()) {
    return call_macro(*macro, std::move(arguments));
  }
  if (const BuiltinFunction* function = callee.as_function()) {
    arguments.bind(function->name, function->parameters);
    return function->call(context_, arguments);
  }
  if (const BoundMethod* bound = callee.as_method()) {
    if (bound->self.is_string()) {
      context_.budget().spend_bytes(bound->self.text().size());
    }
    arguments.bind(bound->method->name, bound->method->parameters);
    return bound->method->call(context_, bound->self, arguments);
  }
  throw TemplateError("a value of type '" + std::string(callee.type_name()) +
                      "' cannot be called");
}

}  // namespace etllm::chat::jinja
