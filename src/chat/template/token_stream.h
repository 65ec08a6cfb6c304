#pragma once

// A position in the tokens of a template, shared by the parser of expressions
// and the parser of statements.

#include <string>
#include <utility>
#include <vector>

#include "chat/template/limits.h"
#include "chat/template/template_error.h"
#include "chat/template/token.h"

namespace etllm::chat::jinja {

/// Requires tokens that end with kEnd, which `next` never passes.
class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens)
      : tokens_(std::move(tokens)) {}

  const Token& current() const { return tokens_[position_]; }
  const Token& look_ahead() const {
    return tokens_[position_ + (current().is(TokenType::kEnd) ? 0 : 1)];
  }
  int line() const { return current().line; }

  /// Moves on and returns the token that was current.
  const Token& next() {
    const Token& token = current();
    if (!token.is(TokenType::kEnd)) ++position_;
    return token;
  }

  bool skip_name(const char* name) { return skip_if(current().is_name(name)); }
  bool skip_operator(const char* spelling) {
    return skip_if(current().is_operator(spelling));
  }

  /// Moves over a token of the type, or throws.
  const Token& expect(TokenType type);
  void expect_operator(const char* spelling);
  void expect_name(const char* name);

  /// Throws "expected ..., but found the current token".
  [[noreturn]] void fail_expected(const std::string& what) const;
  [[noreturn]] void fail(const std::string& message) const {
    throw TemplateError(message, line());
  }

  /// One level of nesting in the syntax; throws when there are too many.
  class Nesting {
   public:
    explicit Nesting(TokenStream& stream) : stream_(stream) {
      if (stream_.nesting_ >= kMaxSyntaxDepth) {
        stream_.fail("the template nests too deeply");
      }
      ++stream_.nesting_;
    }
    ~Nesting() { --stream_.nesting_; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    TokenStream& stream_;
  };

 private:
  bool skip_if(bool condition) {
    if (condition) next();
    return condition;
  }

  std::vector<Token> tokens_;
  std::size_t position_ = 0;
  int nesting_ = 0;
};

/// What to call a token in a message.
std::string describe(const Token& token);

}  // namespace etllm::chat::jinja
