#include "chat/template/token_stream.h"

namespace etllm::chat::jinja {
namespace {

std::string describe(TokenType type) {
  switch (type) {
    case TokenType::kData:
      return "text";
    case TokenType::kBlockBegin:
      return "'{%'";
    case TokenType::kBlockEnd:
      return "'%}'";
    case TokenType::kVariableBegin:
      return "'{{'";
    case TokenType::kVariableEnd:
      return "'}}'";
    case TokenType::kName:
      return "a name";
    case TokenType::kString:
      return "a string";
    case TokenType::kInteger:
    case TokenType::kFloat:
      return "a number";
    case TokenType::kOperator:
      return "an operator";
    case TokenType::kEnd:
      return "the end of the template";
  }
  return "";
}

}  // namespace

std::string describe(const Token& token) {
  if (token.is(TokenType::kName) || token.is(TokenType::kOperator)) {
    return "'" + token.text + "'";
  }
  return describe(token.type);
}

const Token& TokenStream::expect(TokenType type) {
  if (!current().is(type)) fail_expected(describe(type));
  return next();
}

void TokenStream::expect_operator(const char* spelling) {
  if (!skip_operator(spelling)) {
    fail_expected("'" + std::string(spelling) + "'");
  }
}

void TokenStream::expect_name(const char* name) {
  if (!skip_name(name)) fail_expected("'" + std::string(name) + "'");
}

void TokenStream::fail_expected(const std::string& what) const {
  fail("expected " + what + ", but found " + describe(current()));
}

}  // namespace etllm::chat::jinja
