// `etllm run`: the answer to one prompt, or a chat.

#include <string>

#include "cli/answer.h"
#include "cli/chat_session.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/loaded_model.h"
#include "cli/terminal.h"
#include "cli/turn.h"

namespace etllm::cli {
namespace {

namespace llm = executorch::extension::llm;

/// The prompt from wherever it comes; empty when there is none, and a person
/// to ask for one.
Result<std::string> read_prompt(const RunOptions& options) {
  if (!options.prompt_file.empty()) {
    Result<std::string> text = read_text_file(options.prompt_file);
    if (text.ok() && text->empty()) {
      return invalid_argument("the prompt file '" + options.prompt_file +
                              "' is empty; write the question into it");
    }
    return text;
  }
  Result<std::string> text = text_or_stdin(options.prompt);
  if (text.ok() && text->empty() && !stdin_is_terminal()) {
    return invalid_argument(
        "there is no prompt: give one as an argument, with -f or on standard "
        "input");
  }
  return text;
}

Result<Answer> answer_prompt(const LoadedModel& model,
                             const std::string& prompt,
                             const RunOptions& options,
                             InterruptWatcher& interrupts) {
  // A model that was never taught to converse continues the text.
  const bool is_raw =
      options.raw || (options.system.empty() && !has_chat_format(model));
  if (is_raw) {
    return stream_answer(*model.runner, prompt,
                         generation_config(model, options), interrupts);
  }
  Result<chat::Conversation> conversation =
      start_conversation(model, options.system);
  if (!conversation.ok()) return conversation.status();
  return ask(model, *conversation, prompt, options, interrupts);
}

}  // namespace

int run_command(const RunOptions& options, InterruptWatcher& interrupts) {
  // Before the model is loaded: a mistake here should not have to wait.
  const Result<std::string> prompt = read_prompt(options);
  if (!prompt.ok()) return fail(prompt.status().message());
  if (prompt->empty() && options.raw) {
    return fail_usage("--raw needs a prompt; a chat uses the chat template");
  }

  const Result<LoadedModel> model =
      load_model(options.engine, options.tokenizer);
  if (!model.ok()) return fail(model.status().message());
  if (prompt->empty()) return chat_on_terminal(*model, options, interrupts);

  const Result<Answer> answer =
      answer_prompt(*model, *prompt, options, interrupts);
  if (!answer.ok()) return fail(answer.status().message());
  if (options.stats) print_stats(*model);
  return answer->finish_reason == llm::FinishReason::Stopped
             ? kInterruptedExitCode
             : 0;
}

}  // namespace etllm::cli
