#include "cli/chat_session.h"

#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

#include "cli/line_editor.h"
#include "cli/terminal.h"
#include "cli/turn.h"

namespace etllm::cli {
namespace {

namespace llm = executorch::extension::llm;

constexpr const char* kHelp =
    "/reset  start a new conversation\n"
    "/exit   leave, as Ctrl-D does\n"
    "Ctrl-C stops an answer; at the prompt it leaves.";

/// A line from the terminal; Ctrl-C leaves the process meanwhile.
std::optional<std::string> read_line(LineEditor& editor,
                                     InterruptWatcher& interrupts) {
  const InterruptScope scope(interrupts, [&editor] {
    editor.restore_terminal();
    note("");
    ::_exit(kInterruptedExitCode);
  });
  return editor.read_line();
}

void answer(const LoadedModel& model, chat::Conversation& conversation,
            const std::string& question, const RunOptions& options,
            InterruptWatcher& interrupts) {
  const Result<Answer> answer =
      ask(model, conversation, question, options, interrupts);
  if (!answer.ok()) {
    fail(answer.status().message());
    note("/reset starts a new conversation.");
    return;
  }
  const auto& runner = *model.runner;
  if (answer->finish_reason == llm::FinishReason::Length &&
      runner.position() + 1 >= runner.max_context_len()) {
    note("The context of " + std::to_string(runner.max_context_len()) +
         " tokens is full; /reset starts a new conversation.");
  }
  if (options.stats) print_stats(model);
}

/// What follows from a line.
enum class Action { kAnswer, kAskAgain, kLeave };

/// Carries out the commands of the chat itself.
Action obey(const std::string& line, chat::Conversation& conversation) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string::npos) return Action::kAskAgain;
  const std::size_t last = line.find_last_not_of(" \t");
  const std::string word = line.substr(first, last - first + 1);
  if (word == "/exit") return Action::kLeave;
  if (word == "/help") {
    note(kHelp);
    return Action::kAskAgain;
  }
  if (word == "/reset") {
    conversation.clear();
    return Action::kAskAgain;
  }
  return Action::kAnswer;
}

}  // namespace

int chat_on_terminal(const LoadedModel& model, const RunOptions& options,
                     InterruptWatcher& interrupts) {
  Result<chat::Conversation> conversation =
      start_conversation(model, options.system);
  if (!conversation.ok()) return fail(conversation.status().message());

  note("Ctrl-C stops an answer, Ctrl-D leaves, /help shows more.");
  LineEditor editor("> ");
  while (const auto line = read_line(editor, interrupts)) {
    const Action action = obey(*line, *conversation);
    if (action == Action::kLeave) break;
    if (action == Action::kAnswer) {
      answer(model, *conversation, *line, options, interrupts);
    }
  }
  return 0;
}

}  // namespace etllm::cli
