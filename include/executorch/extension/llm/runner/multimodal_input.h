#pragma once

// One piece of a prompt: text, or tokens.
//
//   runner.prefill({make_text_input("Hello"), make_token_input({2, 7})});

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace executorch {
namespace extension {
namespace llm {

/// A value that holds one of the kinds of input; copies its content.
class MultimodalInput {
 public:
  /// The kinds of input.
  enum class Type { TEXT, TOKENS, UNSUPPORTED };

  explicit MultimodalInput(std::string text) : data_(std::move(text)) {}
  explicit MultimodalInput(std::vector<uint64_t> tokens)
      : data_(std::move(tokens)) {}

  Type get_type() const noexcept;
  bool is_text() const noexcept { return try_get_text() != nullptr; }
  bool is_tokens() const noexcept { return try_get_tokens() != nullptr; }

  /// The content; throws std::bad_variant_access when it is another kind.
  const std::string& get_text() const& { return std::get<std::string>(data_); }
  std::string& get_text() & { return std::get<std::string>(data_); }
  std::string&& get_text() && {
    return std::get<std::string>(std::move(data_));
  }
  const std::vector<uint64_t>& get_tokens() const& {
    return std::get<std::vector<uint64_t>>(data_);
  }
  std::vector<uint64_t>& get_tokens() & {
    return std::get<std::vector<uint64_t>>(data_);
  }
  std::vector<uint64_t>&& get_tokens() && {
    return std::get<std::vector<uint64_t>>(std::move(data_));
  }

  /// The content, or nullptr when it is another kind. Valid as long as this
  /// object is.
  const std::string* try_get_text() const noexcept {
    return std::get_if<std::string>(&data_);
  }
  std::string* try_get_text() noexcept {
    return std::get_if<std::string>(&data_);
  }
  const std::vector<uint64_t>* try_get_tokens() const noexcept {
    return std::get_if<std::vector<uint64_t>>(&data_);
  }
  std::vector<uint64_t>* try_get_tokens() noexcept {
    return std::get_if<std::vector<uint64_t>>(&data_);
  }

 private:
  std::variant<std::string, std::vector<uint64_t>> data_;
};

/// Wrap text or tokens.
MultimodalInput make_text_input(std::string text);
MultimodalInput make_token_input(std::vector<uint64_t> tokens);

}  // namespace llm
}  // namespace extension
}  // namespace executorch
