#pragma once

// Parses expressions by the grammar of Jinja2.

#include <initializer_list>
#include <span>
#include <string>
#include <utility>

#include "chat/template/ast.h"
#include "chat/template/token_stream.h"

namespace etllm::chat::jinja {

/// Which special variables of macros were mentioned since the last reset.
struct SpecialNames {
  bool caller = false, varargs = false, kwargs = false;
};

/// Reads from a stream that it shares with the parser of statements. Every
/// function throws `TemplateError` for what is not well-formed.
class ExpressionParser {
 public:
  explicit ExpressionParser(TokenStream& stream) : stream_(stream) {}

  /// One expression; `with_conditional` allows `a if b else c`.
  ast::ExpressionPtr parse(bool with_conditional = true);

  /// One expression, or a tuple without parentheses. Stops in front of the
  /// name `end_name`, where there is one.
  ast::ExpressionPtr parse_tuple(bool with_conditional = true,
                                 const char* end_name = nullptr);

  /// What `{% print a, b %}` writes: the texts of its expressions together.
  ast::ExpressionPtr parse_printed();

  /// `name(arguments) | name ...`, applied to `input`, which is null for the
  /// filter of a block.
  ast::ExpressionPtr parse_filters(ast::ExpressionPtr input);
  /// The same without the first `|`.
  ast::ExpressionPtr parse_filter_chain(ast::ExpressionPtr input);

  SpecialNames& special_names() { return special_names_; }

 private:
  using Operators =
      std::span<const std::pair<const char*, ast::BinaryOperator>>;
  using Operand = ast::ExpressionPtr (ExpressionParser::*)();

  ast::ExpressionPtr make(int line, ast::Expression::Node node, int depth);
  ast::ExpressionPtr parse_or();
  ast::ExpressionPtr parse_and();
  ast::ExpressionPtr parse_not();
  ast::ExpressionPtr parse_comparison();
  bool parse_comparison_operator(ast::ComparisonOperator& op);
  ast::ExpressionPtr parse_sum();
  ast::ExpressionPtr parse_concatenation();
  ast::ExpressionPtr parse_product();
  ast::ExpressionPtr parse_power();
  ast::ExpressionPtr parse_left_to_right(Operators operators, Operand operand);
  ast::ExpressionPtr parse_unary_with_filters();
  ast::ExpressionPtr parse_unary();
  ast::ExpressionPtr parse_postfix(ast::ExpressionPtr object);
  ast::ExpressionPtr parse_primary();
  ast::ExpressionPtr parse_name();
  ast::ExpressionPtr parse_string();
  ast::ExpressionPtr parse_parentheses();
  ast::ExpressionPtr parse_list();
  ast::ExpressionPtr parse_dict();
  ast::ExpressionPtr parse_attribute(ast::ExpressionPtr object);
  ast::ExpressionPtr parse_subscript(ast::ExpressionPtr object);
  ast::ExpressionPtr parse_subscript_tuple(ast::ExpressionPtr first);
  ast::ExpressionPtr parse_slice(ast::ExpressionPtr object,
                                 ast::ExpressionPtr start);
  ast::ExpressionPtr parse_slice_bound();
  ast::ExpressionPtr parse_call(ast::ExpressionPtr callee);
  ast::ExpressionPtr parse_one_filter(ast::ExpressionPtr input);
  ast::ExpressionPtr parse_test(ast::ExpressionPtr input);
  ast::ArgumentList parse_test_arguments();
  ast::ArgumentList parse_arguments();
  void parse_argument(ast::ArgumentList& arguments);
  std::string parse_dotted_name();

  TokenStream& stream_;
  SpecialNames special_names_;
};

}  // namespace etllm::chat::jinja
