// The part of the expression parser that deals with what follows a value:
// attributes, subscripts, calls, filters and tests.

#include <algorithm>

#include "chat/template/expression_parser.h"

namespace etllm::chat::jinja {

using ast::depth_of;
using ast::ExpressionPtr;

namespace {

int depth_of(const ast::ArgumentList& arguments) {
  int depth =
      std::max(depth_of(arguments.star), depth_of(arguments.double_star));
  for (const ExpressionPtr& value : arguments.positional) {
    depth = std::max(depth, depth_of(value));
  }
  for (const auto& [name, value] : arguments.named) {
    depth = std::max(depth, depth_of(value));
  }
  return depth;
}

}  // namespace

ExpressionPtr ExpressionParser::parse_postfix(ExpressionPtr object) {
  while (true) {
    const Token& token = stream_.current();
    if (token.is_operator(".")) {
      object = parse_attribute(std::move(object));
    } else if (token.is_operator("[")) {
      object = parse_subscript(std::move(object));
    } else if (token.is_operator("(")) {
      object = parse_call(std::move(object));
    } else {
      return object;
    }
  }
}

ExpressionPtr ExpressionParser::parse_attribute(ExpressionPtr object) {
  const int line = stream_.next().line;
  const int depth = depth_of(object);
  if (stream_.current().is(TokenType::kInteger)) {
    ExpressionPtr index =
        make(line, ast::Literal{Value::integer(stream_.next().integer)}, 0);
    return make(line, ast::Item{std::move(object), std::move(index)}, depth);
  }
  const Token& name = stream_.expect(TokenType::kName);
  return make(line, ast::Attribute{std::move(object), name.text}, depth);
}

ExpressionPtr ExpressionParser::parse_subscript(ExpressionPtr object) {
  const int line = stream_.next().line;
  if (stream_.current().is_operator(":")) {
    return parse_slice(std::move(object), nullptr);
  }
  ExpressionPtr key = parse();
  if (stream_.current().is_operator(":")) {
    return parse_slice(std::move(object), std::move(key));
  }
  if (stream_.current().is_operator(",")) {
    key = parse_subscript_tuple(std::move(key));
  }
  stream_.expect_operator("]");
  const int depth = std::max(depth_of(object), depth_of(key));
  return make(line, ast::Item{std::move(object), std::move(key)}, depth);
}

// `object[a, b]` has a tuple as its key.
ExpressionPtr ExpressionParser::parse_subscript_tuple(ExpressionPtr first) {
  const int line = stream_.line();
  int depth = depth_of(first);
  ast::SequenceLiteral tuple{SequenceType::kTuple, {}};
  tuple.items.push_back(std::move(first));
  while (stream_.skip_operator(",")) {
    tuple.items.push_back(parse());
    depth = std::max(depth, depth_of(tuple.items.back()));
  }
  return make(line, std::move(tuple), depth);
}

ExpressionPtr ExpressionParser::parse_slice(ExpressionPtr object,
                                            ExpressionPtr start) {
  const int line = stream_.line();
  stream_.expect_operator(":");
  ExpressionPtr stop = parse_slice_bound();
  ExpressionPtr step;
  if (stream_.skip_operator(":")) step = parse_slice_bound();
  stream_.expect_operator("]");
  const int depth = std::max(
      {depth_of(object), depth_of(start), depth_of(stop), depth_of(step)});
  return make(line,
              ast::Slice{std::move(object), std::move(start), std::move(stop),
                         std::move(step)},
              depth);
}

ExpressionPtr ExpressionParser::parse_slice_bound() {
  const Token& token = stream_.current();
  if (token.is_operator(":") || token.is_operator("]")) return nullptr;
  return parse();
}

ExpressionPtr ExpressionParser::parse_call(ExpressionPtr callee) {
  const int line = stream_.line();
  ast::ArgumentList arguments = parse_arguments();
  const int depth = std::max(depth_of(callee), depth_of(arguments));
  return make(line, ast::Call{std::move(callee), std::move(arguments)}, depth);
}

ExpressionPtr ExpressionParser::parse_filters(ExpressionPtr input) {
  while (stream_.skip_operator("|")) {
    input = parse_one_filter(std::move(input));
  }
  return input;
}

ExpressionPtr ExpressionParser::parse_filter_chain(ExpressionPtr input) {
  return parse_filters(parse_one_filter(std::move(input)));
}

ExpressionPtr ExpressionParser::parse_one_filter(ExpressionPtr input) {
  const int line = stream_.line();
  ast::Filter filter;
  filter.name = parse_dotted_name();
  if (stream_.current().is_operator("(")) {
    filter.arguments = parse_arguments();
  }
  filter.input = std::move(input);
  const int depth =
      std::max(depth_of(filter.input), depth_of(filter.arguments));
  return make(line, std::move(filter), depth);
}

ExpressionPtr ExpressionParser::parse_test(ExpressionPtr input) {
  const int line = stream_.next().line;
  const bool negated = stream_.skip_name("not");
  ast::Test test;
  test.name = parse_dotted_name();
  test.arguments = parse_test_arguments();
  test.input = std::move(input);
  const int depth = std::max(depth_of(test.input), depth_of(test.arguments));
  ExpressionPtr result = make(line, std::move(test), depth);
  if (!negated) return result;
  return make(line, ast::Unary{ast::UnaryOperator::kNot, std::move(result)},
              depth + 1);
}

ast::ArgumentList ExpressionParser::parse_test_arguments() {
  const Token& token = stream_.current();
  if (token.is_operator("(")) return parse_arguments();
  if (token.is_name("is")) stream_.fail("tests cannot be chained with 'is'");
  const bool starts_value =
      token.is(TokenType::kName) || token.is(TokenType::kString) ||
      token.is(TokenType::kInteger) || token.is(TokenType::kFloat) ||
      token.is_operator("[") || token.is_operator("{");
  const bool ends_test =
      token.is_name("else") || token.is_name("or") || token.is_name("and");
  ast::ArgumentList arguments;
  if (starts_value && !ends_test) {
    arguments.positional.push_back(parse_postfix(parse_primary()));
  }
  return arguments;
}

ast::ArgumentList ExpressionParser::parse_arguments() {
  const TokenStream::Nesting nesting(stream_);
  stream_.expect_operator("(");
  ast::ArgumentList arguments;
  for (bool first = true; !stream_.current().is_operator(")"); first = false) {
    if (!first) {
      stream_.expect_operator(",");
      if (stream_.current().is_operator(")")) break;
    }
    if (arguments.positional.size() + arguments.named.size() == kMaxArguments) {
      stream_.fail("a call has too many arguments");
    }
    parse_argument(arguments);
  }
  stream_.expect_operator(")");
  return arguments;
}

void ExpressionParser::parse_argument(ast::ArgumentList& arguments) {
  const auto require = [&](bool condition) {
    if (!condition)
      stream_.fail("the arguments of a call are in a wrong order");
  };
  const bool no_stars =
      arguments.star == nullptr && arguments.double_star == nullptr;
  if (stream_.skip_operator("*")) {
    require(no_stars);
    arguments.star = parse();
  } else if (stream_.skip_operator("**")) {
    require(arguments.double_star == nullptr);
    arguments.double_star = parse();
  } else if (stream_.current().is(TokenType::kName) &&
             stream_.look_ahead().is_operator("=")) {
    require(arguments.double_star == nullptr);
    std::string name = stream_.next().text;
    stream_.next();
    arguments.named.emplace_back(std::move(name), parse());
  } else {
    require(no_stars && arguments.named.empty());
    arguments.positional.push_back(parse());
  }
}

std::string ExpressionParser::parse_dotted_name() {
  std::string name = stream_.expect(TokenType::kName).text;
  while (stream_.skip_operator(".")) {
    name += "." + stream_.expect(TokenType::kName).text;
  }
  return name;
}

}  // namespace etllm::chat::jinja
