#pragma once

// The chat template of a model: it turns the messages of a conversation into
// the text that the model was trained to continue. The language is that of
// Jinja2, in the dialect of Hugging Face; docs/chat_templates.md has what is
// supported. A template comes from a file and is not trusted: whatever it
// says, rendering ends soon, with bounded memory, in a text or in a `Status`.
//
//   Result<ChatTemplate> chat = ChatTemplate::parse(source, "model.gguf");
//   RenderInputs inputs;
//   inputs.messages = {{{"role", "user"}, {"content", "Hello"}}};
//   Result<std::string> prompt = chat->render(inputs);

#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace etllm::chat {

/// The time of this computer, in the form that `RenderInputs::now` takes.
std::tm local_time_now();

/// What a template is rendered with.
struct RenderInputs {
  /// An array of objects with at least `role` and `content`.
  nlohmann::ordered_json messages = nlohmann::ordered_json::array();
  /// Function descriptions as JSON schemas; null where there are none.
  nlohmann::ordered_json tools;
  /// Documents for retrieval; null where there are none.
  nlohmann::ordered_json documents;
  /// Whether the text ends with the beginning of the assistant's answer.
  bool add_generation_prompt = true;
  /// Texts of the special tokens; undefined in the template when missing.
  std::optional<std::string> bos_token, eos_token;
  /// An object of further variables, such as `enable_thinking`. One with the
  /// name of a field above replaces that field.
  nlohmann::ordered_json variables = nlohmann::ordered_json::object();
  /// What the template's `strftime_now` says. Without it that function is
  /// undefined, and templates fall back to a fixed date.
  std::optional<std::tm> now;
};

/// A parsed template. Immutable and cheap to copy; may be rendered from
/// several threads at once.
class ChatTemplate {
 public:
  /// Parses `source`; `name` is what error messages call the template, usually
  /// the file that it is from. Fails with kInvalidData and a sentence with the
  /// line of the template.
  static Result<ChatTemplate> parse(std::string_view source, std::string name);

  /// The template to fall back to for a model that has none but knows the
  /// tokens `<|im_start|>` and `<|im_end|>`.
  static ChatTemplate builtin_chatml();

  /// The template to fall back to for any other model: "User: ...", in plain
  /// words.
  static ChatTemplate builtin_plain();

  /// The text for `inputs`. Fails with kInvalidArgument when the template
  /// refuses the messages (`raise_exception`), uses something that does not
  /// exist, or costs too much; the sentence has the line of the template.
  Result<std::string> render(const RenderInputs& inputs) const;

  const std::string& name() const { return name_; }
  /// The text that was parsed.
  const std::string& source() const { return *source_; }

 private:
  struct Syntax;

  ChatTemplate(std::string name, std::string source,
               std::shared_ptr<const Syntax> syntax);

  std::string name_;
  std::shared_ptr<const std::string> source_;
  std::shared_ptr<const Syntax> syntax_;
};

}  // namespace etllm::chat
