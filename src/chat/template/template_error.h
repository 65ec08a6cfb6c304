#pragma once

// The one exception of the template engine. It never leaves the engine: the
// entry points of `ChatTemplate` turn it into a `Status`.

#include <exception>
#include <string>
#include <utility>

namespace etllm::chat::jinja {

/// What is wrong with a template, or with what it was asked to do.
class TemplateError : public std::exception {
 public:
  /// `line` is the line of the template, 0 where the thrower does not know it.
  explicit TemplateError(std::string message, int line = 0)
      : message_(std::move(message)), line_(line) {}

  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& message() const { return message_; }
  int line() const { return line_; }

 private:
  std::string message_;
  int line_;
};

}  // namespace etllm::chat::jinja
