#include "chat/template/expression_parser.h"

#include <algorithm>
#include <array>

namespace etllm::chat::jinja {
namespace {

using ast::BinaryOperator;
using ast::ComparisonOperator;
using ast::depth_of;
using ast::ExpressionPtr;
using OperatorName = std::pair<const char*, BinaryOperator>;

constexpr std::array<OperatorName, 2> kSumOperators = {{
    {"+", BinaryOperator::kAdd},
    {"-", BinaryOperator::kSubtract},
}};
constexpr std::array<OperatorName, 4> kProductOperators = {{
    {"*", BinaryOperator::kMultiply},
    {"/", BinaryOperator::kDivide},
    {"//", BinaryOperator::kFloorDivide},
    {"%", BinaryOperator::kModulo},
}};
constexpr std::array<OperatorName, 1> kPowerOperators = {{
    {"**", BinaryOperator::kPower},
}};

template <typename... Expressions>
int deepest(const Expressions&... expressions) {
  return std::max({depth_of(expressions)...});
}

int deepest(const std::vector<ExpressionPtr>& expressions) {
  int depth = 0;
  for (const ExpressionPtr& expression : expressions) {
    depth = std::max(depth, depth_of(expression));
  }
  return depth;
}

}  // namespace

ExpressionPtr ExpressionParser::make(int line, ast::Expression::Node node,
                                     int depth) {
  // Chains such as a + b + c nest without recursion of the parser, but the
  // evaluation of the tree and its destruction do recurse.
  if (depth >= kMaxSyntaxDepth) stream_.fail("an expression nests too deeply");
  auto expression = std::make_unique<ast::Expression>();
  expression->node = std::move(node);
  expression->line = line;
  expression->depth = depth + 1;
  return expression;
}

ExpressionPtr ExpressionParser::parse(bool with_conditional) {
  const TokenStream::Nesting nesting(stream_);
  ExpressionPtr value = parse_or();
  while (with_conditional && stream_.skip_name("if")) {
    const int line = stream_.line();
    ExpressionPtr test = parse_or();
    ExpressionPtr otherwise;
    if (stream_.skip_name("else")) otherwise = parse();
    const int depth = deepest(test, value, otherwise);
    value = make(line,
                 ast::Conditional{std::move(test), std::move(value),
                                  std::move(otherwise)},
                 depth);
  }
  return value;
}

ExpressionPtr ExpressionParser::parse_tuple(bool with_conditional,
                                            const char* end_name) {
  const int line = stream_.line();
  std::vector<ExpressionPtr> items;
  bool is_tuple = false;
  while (true) {
    const Token& token = stream_.current();
    const bool at_end = token.is(TokenType::kVariableEnd) ||
                        token.is(TokenType::kBlockEnd) ||
                        token.is_operator(")") ||
                        (end_name != nullptr && token.is_name(end_name));
    if (at_end) break;
    items.push_back(parse(with_conditional));
    if (!stream_.skip_operator(",")) break;
    is_tuple = true;
  }
  if (!is_tuple) {
    if (items.empty()) stream_.fail_expected("an expression");
    return std::move(items.front());
  }
  const int depth = deepest(items);
  return make(line,
              ast::SequenceLiteral{SequenceType::kTuple, std::move(items)},
              depth);
}

ExpressionPtr ExpressionParser::parse_printed() {
  const int line = stream_.line();
  std::vector<ExpressionPtr> parts;
  while (!stream_.current().is(TokenType::kBlockEnd)) {
    if (!parts.empty()) stream_.expect_operator(",");
    parts.push_back(parse());
  }
  const int depth = deepest(parts);
  return make(line, ast::Concatenation{std::move(parts)}, depth);
}

ExpressionPtr ExpressionParser::parse_or() {
  ExpressionPtr left = parse_and();
  while (stream_.skip_name("or")) {
    const int line = stream_.line();
    ExpressionPtr right = parse_and();
    const int depth = deepest(left, right);
    left = make(line, ast::Logical{false, std::move(left), std::move(right)},
                depth);
  }
  return left;
}

ExpressionPtr ExpressionParser::parse_and() {
  ExpressionPtr left = parse_not();
  while (stream_.skip_name("and")) {
    const int line = stream_.line();
    ExpressionPtr right = parse_not();
    const int depth = deepest(left, right);
    left = make(line, ast::Logical{true, std::move(left), std::move(right)},
                depth);
  }
  return left;
}

ExpressionPtr ExpressionParser::parse_not() {
  const int line = stream_.line();
  if (!stream_.skip_name("not")) return parse_comparison();
  const TokenStream::Nesting nesting(stream_);
  ExpressionPtr operand = parse_not();
  const int depth = depth_of(operand);
  return make(line, ast::Unary{ast::UnaryOperator::kNot, std::move(operand)},
              depth);
}

ExpressionPtr ExpressionParser::parse_comparison() {
  const int line = stream_.line();
  ExpressionPtr first = parse_sum();
  int depth = depth_of(first);
  ast::Comparison comparison;
  ComparisonOperator op;
  while (parse_comparison_operator(op)) {
    comparison.rest.emplace_back(op, parse_sum());
    depth = std::max(depth, depth_of(comparison.rest.back().second));
  }
  if (comparison.rest.empty()) return first;
  comparison.first = std::move(first);
  return make(line, std::move(comparison), depth);
}

bool ExpressionParser::parse_comparison_operator(ComparisonOperator& op) {
  static constexpr std::array<std::pair<const char*, ComparisonOperator>, 6>
      kOperators = {{
          {"==", ComparisonOperator::kEqual},
          {"!=", ComparisonOperator::kNotEqual},
          {"<", ComparisonOperator::kLess},
          {"<=", ComparisonOperator::kLessEqual},
          {">", ComparisonOperator::kGreater},
          {">=", ComparisonOperator::kGreaterEqual},
      }};
  for (const auto& [spelling, candidate] : kOperators) {
    if (stream_.skip_operator(spelling)) {
      op = candidate;
      return true;
    }
  }
  if (stream_.skip_name("in")) {
    op = ComparisonOperator::kIn;
    return true;
  }
  if (stream_.current().is_name("not") && stream_.look_ahead().is_name("in")) {
    stream_.next();
    stream_.next();
    op = ComparisonOperator::kNotIn;
    return true;
  }
  return false;
}

ExpressionPtr ExpressionParser::parse_left_to_right(Operators operators,
                                                    Operand operand) {
  ExpressionPtr left = (this->*operand)();
  while (true) {
    const int line = stream_.line();
    const auto found = std::find_if(
        operators.begin(), operators.end(),
        [&](const auto& op) { return stream_.skip_operator(op.first); });
    if (found == operators.end()) return left;
    ExpressionPtr right = (this->*operand)();
    const int depth = deepest(left, right);
    left = make(line,
                ast::Binary{found->second, std::move(left), std::move(right)},
                depth);
  }
}

ExpressionPtr ExpressionParser::parse_sum() {
  return parse_left_to_right(kSumOperators,
                             &ExpressionParser::parse_concatenation);
}

ExpressionPtr ExpressionParser::parse_concatenation() {
  const int line = stream_.line();
  std::vector<ExpressionPtr> parts;
  parts.push_back(parse_product());
  while (stream_.skip_operator("~")) parts.push_back(parse_product());
  if (parts.size() == 1) return std::move(parts.front());
  const int depth = deepest(parts);
  return make(line, ast::Concatenation{std::move(parts)}, depth);
}

ExpressionPtr ExpressionParser::parse_product() {
  return parse_left_to_right(kProductOperators, &ExpressionParser::parse_power);
}

ExpressionPtr ExpressionParser::parse_power() {
  return parse_left_to_right(kPowerOperators,
                             &ExpressionParser::parse_unary_with_filters);
}

ExpressionPtr ExpressionParser::parse_unary_with_filters() {
  ExpressionPtr value = parse_unary();
  while (true) {
    const Token& token = stream_.current();
    if (token.is_operator("|")) {
      value = parse_filters(std::move(value));
    } else if (token.is_name("is")) {
      value = parse_test(std::move(value));
    } else if (token.is_operator("(")) {
      value = parse_call(std::move(value));
    } else {
      return value;
    }
  }
}

ExpressionPtr ExpressionParser::parse_unary() {
  const int line = stream_.line();
  const bool negate = stream_.current().is_operator("-");
  if (!negate && !stream_.current().is_operator("+")) {
    return parse_postfix(parse_primary());
  }
  stream_.next();
  const TokenStream::Nesting nesting(stream_);
  ExpressionPtr operand = parse_unary();
  const int depth = depth_of(operand);
  const auto op =
      negate ? ast::UnaryOperator::kNegate : ast::UnaryOperator::kPlus;
  return parse_postfix(make(line, ast::Unary{op, std::move(operand)}, depth));
}

ExpressionPtr ExpressionParser::parse_primary() {
  const Token& token = stream_.current();
  switch (token.type) {
    case TokenType::kName:
      return parse_name();
    case TokenType::kString:
      return parse_string();
    case TokenType::kInteger:
      return make(token.line,
                  ast::Literal{Value::integer(stream_.next().integer)}, 0);
    case TokenType::kFloat:
      return make(token.line,
                  ast::Literal{Value::floating(stream_.next().floating)}, 0);
    default:
      break;
  }
  if (token.is_operator("(")) return parse_parentheses();
  if (token.is_operator("[")) return parse_list();
  if (token.is_operator("{")) return parse_dict();
  stream_.fail_expected("an expression");
}

ExpressionPtr ExpressionParser::parse_name() {
  const Token& token = stream_.next();
  const std::string& name = token.text;
  if (name == "true" || name == "True") {
    return make(token.line, ast::Literal{Value::boolean(true)}, 0);
  }
  if (name == "false" || name == "False") {
    return make(token.line, ast::Literal{Value::boolean(false)}, 0);
  }
  if (name == "none" || name == "None") {
    return make(token.line, ast::Literal{Value::none()}, 0);
  }
  if (name == "caller") special_names_.caller = true;
  if (name == "varargs") special_names_.varargs = true;
  if (name == "kwargs") special_names_.kwargs = true;
  return make(token.line, ast::Name{name}, 0);
}

ExpressionPtr ExpressionParser::parse_string() {
  const int line = stream_.line();
  std::string text;
  while (stream_.current().is(TokenType::kString)) {
    text += stream_.next().text;
  }
  return make(line, ast::Literal{Value::string(std::move(text))}, 0);
}

ExpressionPtr ExpressionParser::parse_parentheses() {
  const int line = stream_.next().line;
  if (stream_.skip_operator(")")) {
    return make(line, ast::SequenceLiteral{SequenceType::kTuple, {}}, 0);
  }
  ExpressionPtr inner = parse_tuple();
  stream_.expect_operator(")");
  return inner;
}

ExpressionPtr ExpressionParser::parse_list() {
  const int line = stream_.next().line;
  std::vector<ExpressionPtr> items;
  while (!stream_.current().is_operator("]")) {
    if (!items.empty()) stream_.expect_operator(",");
    if (stream_.current().is_operator("]")) break;
    items.push_back(parse());
  }
  stream_.expect_operator("]");
  const int depth = deepest(items);
  return make(line, ast::SequenceLiteral{SequenceType::kList, std::move(items)},
              depth);
}

ExpressionPtr ExpressionParser::parse_dict() {
  const int line = stream_.next().line;
  ast::DictLiteral dict;
  int depth = 0;
  while (!stream_.current().is_operator("}")) {
    if (!dict.entries.empty()) stream_.expect_operator(",");
    if (stream_.current().is_operator("}")) break;
    ExpressionPtr key = parse();
    stream_.expect_operator(":");
    ExpressionPtr value = parse();
    depth = std::max(depth, deepest(key, value));
    dict.entries.emplace_back(std::move(key), std::move(value));
  }
  stream_.expect_operator("}");
  return make(line, std::move(dict), depth);
}

}  // namespace etllm::chat::jinja
