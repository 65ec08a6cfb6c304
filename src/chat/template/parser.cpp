#include "chat/template/parser.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <utility>

#include "chat/template/expression_parser.h"
#include "chat/template/lexer.h"
#include "chat/template/token_stream.h"

namespace etllm::chat::jinja {
namespace {

using ast::Body;
using ast::Statement;
using StatementPtr = std::unique_ptr<Statement>;
using EndNames = std::initializer_list<const char*>;

StatementPtr make(int line, Statement::Node node) {
  auto statement = std::make_unique<Statement>();
  statement->node = std::move(node);
  statement->line = line;
  return statement;
}

class Parser {
 public:
  explicit Parser(std::string_view source)
      : stream_(tokenize(source)), expressions_(stream_) {}

  Body run() { return parse_body({}); }

 private:
  // Statements up to one of the tags `ends`, whose name stays current; or up
  // to the end of the template when there are none.
  Body parse_body(EndNames ends) {
    const TokenStream::Nesting nesting(stream_);
    Body body;
    while (!stream_.current().is(TokenType::kEnd)) {
      const int line = stream_.line();
      if (stream_.current().is(TokenType::kData)) {
        body.push_back(
            make(line, ast::Data{Value::string(stream_.next().text)}));
      } else if (stream_.current().is(TokenType::kVariableBegin)) {
        stream_.next();
        body.push_back(make(line, ast::Output{expressions_.parse_tuple()}));
        stream_.expect(TokenType::kVariableEnd);
      } else {
        stream_.expect(TokenType::kBlockBegin);
        if (at_one_of(ends)) return body;
        body.push_back(parse_statement());
        stream_.expect(TokenType::kBlockEnd);
      }
    }
    if (ends.size() != 0) {
      stream_.fail_expected("'{% " + std::string(*(ends.end() - 1)) + " %}'");
    }
    return body;
  }

  bool at_one_of(EndNames names) const {
    return std::any_of(names.begin(), names.end(), [&](const char* name) {
      return stream_.current().is_name(name);
    });
  }

  // The body of a statement, from the end of its tag on.
  Body parse_block(EndNames ends) {
    stream_.skip_operator(":");
    stream_.expect(TokenType::kBlockEnd);
    return parse_body(ends);
  }

  // The same with a single end tag, which is skipped.
  Body parse_block_to(const char* end) {
    Body body = parse_block({end});
    stream_.next();
    return body;
  }

  // A body that is a function of its own: a loop around it cannot be left.
  Body parse_function_body(const char* end) {
    const int loops = std::exchange(loops_, 0);
    Body body = parse_block_to(end);
    loops_ = loops;
    return body;
  }

  StatementPtr parse_statement() {
    const Token& tag = stream_.expect(TokenType::kName);
    const int line = tag.line;
    using Parse = Statement::Node (Parser::*)();
    static constexpr std::array<std::pair<const char*, Parse>, 11> kStatements =
        {{
            {"if", &Parser::parse_if},
            {"for", &Parser::parse_for},
            {"set", &Parser::parse_set},
            {"macro", &Parser::parse_macro},
            {"call", &Parser::parse_call_block},
            {"filter", &Parser::parse_filter_block},
            {"with", &Parser::parse_with},
            {"print", &Parser::parse_print},
            {"generation", &Parser::parse_generation},
            {"break", &Parser::parse_loop_control<ast::Break>},
            {"continue", &Parser::parse_loop_control<ast::Continue>},
        }};
    for (const auto& [name, parse] : kStatements) {
      if (tag.text == name) return make(line, (this->*parse)());
    }
    throw TemplateError("the tag '" + tag.text + "' is unknown or misplaced",
                        line);
  }

  Statement::Node parse_print() {
    return ast::Output{expressions_.parse_printed()};
  }

  Statement::Node parse_if() {
    ast::If statement;
    while (true) {
      ast::If::Branch branch;
      branch.test = expressions_.parse_tuple(false);
      branch.body = parse_block({"elif", "else", "endif"});
      statement.branches.push_back(std::move(branch));
      if (stream_.skip_name("elif")) continue;
      if (stream_.skip_name("else")) {
        statement.otherwise = parse_block_to("endif");
      } else {
        stream_.next();
      }
      return statement;
    }
  }

  Statement::Node parse_for() {
    ast::For statement;
    statement.target = parse_target("in", false);
    forbid_loop_as_target(statement.target);
    stream_.expect_name("in");
    statement.iterable = expressions_.parse_tuple(false, "recursive");
    if (stream_.skip_name("if")) statement.filter = expressions_.parse();
    if (stream_.current().is_name("recursive")) {
      stream_.fail("recursive loops are not supported");
    }
    ++loops_;
    statement.body = parse_block({"endfor", "else"});
    --loops_;
    if (stream_.skip_name("else")) {
      statement.otherwise = parse_block_to("endfor");
    } else {
      stream_.next();
    }
    return statement;
  }

  void forbid_loop_as_target(const ast::Target& target) {
    if (target.name == "loop") {
      stream_.fail("'loop' cannot be the variable of a loop");
    }
    for (const ast::Target& part : target.targets) forbid_loop_as_target(part);
  }

  Statement::Node parse_set() {
    ast::Target target = parse_target(nullptr, true);
    if (stream_.skip_operator("=")) {
      return ast::Set{std::move(target), expressions_.parse_tuple()};
    }
    ast::SetBlock block;
    block.target = std::move(target);
    if (stream_.current().is_operator("|")) {
      block.filter = expressions_.parse_filters(nullptr);
    }
    block.body = parse_block_to("endset");
    return block;
  }

  // `end_name` ends a tuple without parentheses.
  ast::Target parse_target(const char* end_name, bool with_attributes) {
    ast::Target first = parse_target_item(with_attributes);
    if (!stream_.current().is_operator(",")) return first;
    ast::Target tuple;
    tuple.is_tuple = true;
    tuple.targets.push_back(std::move(first));
    while (stream_.skip_operator(",")) {
      const Token& token = stream_.current();
      const bool at_end = token.is_operator(")") ||
                          token.is(TokenType::kBlockEnd) ||
                          (end_name != nullptr && token.is_name(end_name));
      if (at_end) break;
      tuple.targets.push_back(parse_target_item(with_attributes));
    }
    return tuple;
  }

  ast::Target parse_target_item(bool with_attributes) {
    const TokenStream::Nesting nesting(stream_);
    if (stream_.skip_operator("(")) {
      ast::Target inner = parse_target(nullptr, false);
      stream_.expect_operator(")");
      return inner;
    }
    ast::Target target;
    target.name = parse_new_name();
    if (with_attributes && stream_.skip_operator(".")) {
      target.attribute = stream_.expect(TokenType::kName).text;
    }
    return target;
  }

  std::string parse_new_name() {
    static constexpr std::array<const char*, 6> kConstants = {
        "true", "false", "none", "True", "False", "None"};
    const Token& token = stream_.expect(TokenType::kName);
    for (const char* constant : kConstants) {
      if (token.text == constant) {
        stream_.fail("'" + token.text + "' cannot be assigned to");
      }
    }
    return token.text;
  }

  void parse_parameters(ast::MacroDefinition& macro) {
    stream_.expect_operator("(");
    auto& parameters = macro.parameters;
    while (!stream_.current().is_operator(")")) {
      if (!parameters.empty()) stream_.expect_operator(",");
      if (parameters.size() == kMaxArguments) {
        stream_.fail("a macro has too many parameters");
      }
      ast::MacroDefinition::Parameter parameter;
      parameter.name = parse_new_name();
      if (macro.has_parameter(parameter.name)) {
        stream_.fail("the parameter '" + parameter.name + "' occurs twice");
      }
      if (stream_.skip_operator("=")) {
        parameter.default_value = expressions_.parse();
      } else if (!parameters.empty() &&
                 parameters.back().default_value != nullptr) {
        stream_.fail(
            "a parameter without a default follows one with a default");
      }
      parameters.push_back(std::move(parameter));
    }
    stream_.expect_operator(")");
  }

  // The body of a macro, and which special variables it uses.
  void parse_macro_body(ast::MacroDefinition& macro, const char* end) {
    const SpecialNames outer =
        std::exchange(expressions_.special_names(), SpecialNames{});
    macro.body = parse_function_body(end);
    const SpecialNames used =
        std::exchange(expressions_.special_names(), outer);
    macro.uses_caller = used.caller;
    macro.uses_varargs = used.varargs;
    macro.uses_kwargs = used.kwargs;
  }

  Statement::Node parse_macro() {
    ast::Macro macro;
    macro.definition.name = parse_new_name();
    parse_parameters(macro.definition);
    parse_macro_body(macro.definition, "endmacro");
    return macro;
  }

  Statement::Node parse_call_block() {
    ast::CallBlock block;
    block.caller.name = "caller";
    if (stream_.current().is_operator("(")) {
      parse_parameters(block.caller);
    }
    block.call = expressions_.parse();
    if (!std::holds_alternative<ast::Call>(block.call->node)) {
      stream_.fail("a call block needs the call of a macro");
    }
    parse_macro_body(block.caller, "endcall");
    return block;
  }

  Statement::Node parse_filter_block() {
    ast::FilterBlock block;
    block.filter = expressions_.parse_filter_chain(nullptr);
    block.body = parse_block_to("endfilter");
    return block;
  }

  Statement::Node parse_with() {
    ast::With with;
    while (!stream_.current().is(TokenType::kBlockEnd)) {
      if (!with.assignments.empty()) stream_.expect_operator(",");
      ast::Target target = parse_target_item(false);
      stream_.expect_operator("=");
      with.assignments.emplace_back(std::move(target), expressions_.parse());
    }
    with.body = parse_block_to("endwith");
    return with;
  }

  // Marks what the model wrote, for training; here it is only a scope.
  Statement::Node parse_generation() {
    ast::With scope;
    scope.body = parse_function_body("endgeneration");
    return scope;
  }

  template <typename Control>
  Statement::Node parse_loop_control() {
    if (loops_ == 0) {
      stream_.fail("'break' and 'continue' are only allowed in a loop");
    }
    return Control{};
  }

  TokenStream stream_;
  ExpressionParser expressions_;
  int loops_ = 0;
};

}  // namespace

ast::Body parse_template(std::string_view source) {
  return Parser(source).run();
}

}  // namespace etllm::chat::jinja
