#include "cli/line_editor.h"

#include <histedit.h>
#include <langinfo.h>
#include <termios.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>
#include <string_view>
#include <utility>

#include "cli/terminal.h"

namespace etllm::cli {
namespace {

constexpr int kHistoryLines = 1000;

/// libedit reads characters as the locale says; in the "C" locale of a bare
/// system it would drop everything that is not ASCII.
void use_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::string_view(::nl_langinfo(CODESET)) != "UTF-8") {
    std::setlocale(LC_CTYPE, "C.UTF-8");
  }
}

struct EditLineDeleter {
  void operator()(EditLine* editor) const { ::el_end(editor); }
};

struct HistoryDeleter {
  void operator()(History* history) const { ::history_end(history); }
};

}  // namespace

struct LineEditor::State {
  std::string prompt;
  termios settings{};
  bool has_settings = false;
  std::FILE* screen = nullptr;
  std::unique_ptr<History, HistoryDeleter> history;
  std::unique_ptr<EditLine, EditLineDeleter> editor;

  void add_to_history(const char* line) const {
    HistEvent event;
    ::history(history.get(), &event, H_ENTER, line);
  }
};

namespace {

/// Keys that terminals send and libedit does not know by itself. A Ctrl-D that
/// was typed ahead of the prompt arrives as a zero (^@).
void bind_keys(EditLine* editor) {
  constexpr std::pair<const char*, const char*> kBindings[] = {
      {"\\e[3~", "ed-delete-next-char"}, {"\\e[1;5D", "ed-prev-word"},
      {"\\e[1;5C", "em-next-word"},      {"\\e[H", "ed-move-to-beg"},
      {"\\e[F", "ed-move-to-end"},       {"^R", "em-inc-search-prev"},
      {"^@", "em-delete-or-list"},
  };
  for (const auto& [key, command] : kBindings) {
    ::el_set(editor, EL_BIND, key, command, nullptr);
  }
}

}  // namespace

LineEditor::LineEditor(std::string prompt) : state_(std::make_unique<State>()) {
  use_utf8();
  State& state = *state_;
  state.prompt = std::move(prompt);
  state.has_settings = ::tcgetattr(STDIN_FILENO, &state.settings) == 0;
  state.screen = stderr_is_terminal() ? stderr : stdout;

  state.history.reset(::history_init());
  HistEvent event;
  ::history(state.history.get(), &event, H_SETSIZE, kHistoryLines);
  ::history(state.history.get(), &event, H_SETUNIQUE, 1);

  state.editor.reset(::el_init("etllm", stdin, state.screen, stderr));
  EditLine* editor = state.editor.get();
  ::el_set(editor, EL_CLIENTDATA, &state);
  char* (*const show_prompt)(EditLine*) = [](EditLine* shown) {
    State* owner = nullptr;
    ::el_get(shown, EL_CLIENTDATA, &owner);
    return owner->prompt.data();
  };
  ::el_set(editor, EL_PROMPT, show_prompt);
  ::el_set(editor, EL_EDITOR, "emacs");
  ::el_set(editor, EL_SIGNAL, 1);
  ::el_set(editor, EL_HIST, &::history, state.history.get());
  bind_keys(editor);
}

LineEditor::~LineEditor() = default;

std::optional<std::string> LineEditor::read_line() {
  int count = 0;
  const char* line = ::el_gets(state_->editor.get(), &count);
  if (line == nullptr || count <= 0) {
    // The cursor is still behind the prompt.
    std::fputc('\n', state_->screen);
    return std::nullopt;
  }
  std::string text(line, static_cast<std::size_t>(count));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.pop_back();
  }
  if (!text.empty()) state_->add_to_history(text.c_str());
  return text;
}

void LineEditor::restore_terminal() const {
  if (state_->has_settings) {
    ::tcsetattr(STDIN_FILENO, TCSANOW, &state_->settings);
  }
}

}  // namespace etllm::cli
