#pragma once

// The syntax tree of a template.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "chat/template/value.h"

namespace etllm::chat::jinja::ast {

struct Expression;
struct Statement;
using ExpressionPtr = std::unique_ptr<Expression>;
using Body = std::vector<std::unique_ptr<Statement>>;

enum class UnaryOperator { kNot, kNegate, kPlus };
enum class BinaryOperator {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kFloorDivide,
  kModulo,
  kPower,
};
enum class ComparisonOperator {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kNotIn,
};

struct Literal {
  Value value;
};
struct Name {
  std::string name;
};
struct SequenceLiteral {
  SequenceType type = SequenceType::kList;
  std::vector<ExpressionPtr> items;
};
struct DictLiteral {
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries;
};
struct Unary {
  UnaryOperator op;
  ExpressionPtr operand;
};
struct Binary {
  BinaryOperator op;
  ExpressionPtr left, right;
};
/// `a ~ b ~ c`
struct Concatenation {
  std::vector<ExpressionPtr> parts;
};
/// `and`, `or`
struct Logical {
  bool is_and = false;
  ExpressionPtr left, right;
};
/// `a < b <= c`
struct Comparison {
  ExpressionPtr first;
  std::vector<std::pair<ComparisonOperator, ExpressionPtr>> rest;
};
/// `value if test else otherwise`; `otherwise` may be null.
struct Conditional {
  ExpressionPtr test, value, otherwise;
};
/// `object.name`
struct Attribute {
  ExpressionPtr object;
  std::string name;
};
/// `object[key]`
struct Item {
  ExpressionPtr object, key;
};
/// `object[start:stop:step]`; each bound may be null.
struct Slice {
  ExpressionPtr object, start, stop, step;
};
/// `(a, name=b, *star, **double_star)`; the last two may be null.
struct ArgumentList {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
  ExpressionPtr star, double_star;
};
struct Call {
  ExpressionPtr callee;
  ArgumentList arguments;
};
/// `input | name(arguments)`; a filter of a block has no input.
struct Filter {
  ExpressionPtr input;
  std::string name;
  ArgumentList arguments;
};
/// `input is name arguments`
struct Test {
  ExpressionPtr input;
  std::string name;
  ArgumentList arguments;
};

struct Expression {
  using Node =
      std::variant<Literal, Name, SequenceLiteral, DictLiteral, Unary, Binary,
                   Concatenation, Logical, Comparison, Conditional, Attribute,
                   Item, Slice, Call, Filter, Test>;
  Node node;
  int line = 0;
  /// Nesting below this node; bounded when the tree is built.
  int depth = 1;
};

/// Of an expression that may be missing; 0 when it is.
inline int depth_of(const ExpressionPtr& expression) {
  return expression == nullptr ? 0 : expression->depth;
}

/// What `set` and `for` assign to: a name, an attribute of a namespace, or a
/// tuple of targets.
struct Target {
  std::string name;
  std::string attribute;        ///< Empty unless `name.attribute`.
  std::vector<Target> targets;  ///< Of a tuple, which has no name.
  bool is_tuple = false;
};

/// Template text between the tags.
struct Data {
  Value text;
};
struct Output {
  ExpressionPtr expression;
};
struct If {
  struct Branch {
    ExpressionPtr test;
    Body body;
  };
  std::vector<Branch> branches;
  Body otherwise;
};
struct For {
  Target target;
  ExpressionPtr iterable;
  ExpressionPtr filter;  ///< May be null.
  Body body;
  Body otherwise;
};
struct Set {
  Target target;
  ExpressionPtr value;
};
/// `{% set x | filter %}...{% endset %}`; `filter` may be null.
struct SetBlock {
  Target target;
  ExpressionPtr filter;
  Body body;
};
struct MacroDefinition {
  struct Parameter {
    std::string name;
    ExpressionPtr default_value;  ///< May be null.
  };
  std::string name;
  std::vector<Parameter> parameters;
  Body body;
  /// Which of the special variables the body mentions.
  bool uses_caller = false, uses_varargs = false, uses_kwargs = false;

  bool has_parameter(std::string_view wanted) const {
    return std::any_of(
        parameters.begin(), parameters.end(),
        [&](const Parameter& parameter) { return parameter.name == wanted; });
  }
};
struct Macro {
  MacroDefinition definition;
};
/// `{% call(x) macro() %}...{% endcall %}`
struct CallBlock {
  MacroDefinition caller;
  ExpressionPtr call;
};
struct FilterBlock {
  ExpressionPtr filter;
  Body body;
};
struct With {
  std::vector<std::pair<Target, ExpressionPtr>> assignments;
  Body body;
};
struct Break {};
struct Continue {};

struct Statement {
  using Node = std::variant<Data, Output, If, For, Set, SetBlock, Macro,
                            CallBlock, FilterBlock, With, Break, Continue>;
  Node node;
  int line = 0;
};

}  // namespace etllm::chat::jinja::ast
