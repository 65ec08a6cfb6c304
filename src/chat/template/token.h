#pragma once

// The words of a template.

#include <cstdint>
#include <string>

namespace etllm::chat::jinja {

enum class TokenType {
  kData,  ///< Text between the tags.
  kBlockBegin,
  kBlockEnd,
  kVariableBegin,
  kVariableEnd,
  kName,
  kString,
  kInteger,
  kFloat,
  kOperator,
  kEnd,
};

struct Token {
  TokenType type = TokenType::kEnd;
  /// Of data and strings their value, of names and operators their spelling.
  std::string text;
  int line = 1;
  std::int64_t integer = 0;
  double floating = 0;

  bool is(TokenType wanted) const { return type == wanted; }
  bool is_name(const char* name) const {
    return type == TokenType::kName && text == name;
  }
  bool is_operator(const char* spelling) const {
    return type == TokenType::kOperator && text == spelling;
  }
};

}  // namespace etllm::chat::jinja
