#include "chat/chat_template.h"

#include <cassert>
#include <utility>

#include "chat/template/builtins.h"
#include "chat/template/interpreter.h"
#include "chat/template/json_reader.h"
#include "chat/template/parser.h"
#include "chat/template/template_error.h"

namespace etllm::chat {
namespace {

constexpr std::string_view kChatMl =
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + "
    "'<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

constexpr std::string_view kPlain =
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}"
    "{{ message['content'] + '\\n\\n' }}"
    "{% else %}"
    "{{ message['role'] | capitalize + ': ' + message['content'] + '\\n' }}"
    "{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}";

// The name and the line of the template in front of what went wrong.
std::string located(const std::string& name, int line,
                    const jinja::TemplateError& error) {
  const int known_line = error.line() > 0 ? error.line() : line;
  std::string text = "The chat template of " + name;
  if (known_line > 0) text += ", line " + std::to_string(known_line);
  return text + ": " + error.message();
}

void define_inputs(const RenderInputs& inputs, jinja::Budget& budget,
                   jinja::Scope& scope) {
  using jinja::from_json;
  using jinja::Value;
  scope.set(budget, "messages", from_json(inputs.messages));
  scope.set(budget, "tools", from_json(inputs.tools));
  scope.set(budget, "documents", from_json(inputs.documents));
  scope.set(budget, "add_generation_prompt",
            Value::boolean(inputs.add_generation_prompt));
  if (inputs.bos_token) {
    scope.set(budget, "bos_token", Value::string(*inputs.bos_token));
  }
  if (inputs.eos_token) {
    scope.set(budget, "eos_token", Value::string(*inputs.eos_token));
  }
  if (!inputs.variables.is_object()) return;
  for (const auto& [name, value] : inputs.variables.items()) {
    scope.set(budget, name, from_json(value));
  }
}

}  // namespace

struct ChatTemplate::Syntax {
  jinja::ast::Body body;
};

std::tm local_time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return local;
}

ChatTemplate::ChatTemplate(std::string name, std::string source,
                           std::shared_ptr<const Syntax> syntax)
    : name_(std::move(name)),
      source_(std::make_shared<const std::string>(std::move(source))),
      syntax_(std::move(syntax)) {}

Result<ChatTemplate> ChatTemplate::parse(std::string_view source,
                                         std::string name) {
  try {
    auto syntax =
        std::make_shared<const Syntax>(Syntax{jinja::parse_template(source)});
    return ChatTemplate(std::move(name), std::string(source),
                        std::move(syntax));
  } catch (const jinja::TemplateError& error) {
    return invalid_data(located(name, 0, error));
  }
}

ChatTemplate ChatTemplate::builtin_chatml() {
  return *parse(kChatMl, "built-in ChatML");
}

ChatTemplate ChatTemplate::builtin_plain() {
  return *parse(kPlain, "built-in plain text");
}

Result<std::string> ChatTemplate::render(const RenderInputs& inputs) const {
  jinja::RenderContext context(inputs.now);
  jinja::Scope variables;
  jinja::Scope inputs_scope;
  inputs_scope.parent = &variables;
  jinja::Interpreter interpreter(context, inputs_scope);
  try {
    jinja::define_global_functions(context, variables);
    define_inputs(inputs, context.budget(), inputs_scope);
    return interpreter.render(syntax_->body);
  } catch (const jinja::TemplateError& error) {
    return invalid_argument(located(name_, interpreter.line(), error));
  }
}

}  // namespace etllm::chat
