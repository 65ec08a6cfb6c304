#pragma once

// One line from the person at the terminal, with the editing keys and the
// history they expect.
//
//   LineEditor editor("> ");
//   while (std::optional<std::string> line = editor.read_line()) use(*line);

#include <memory>
#include <optional>
#include <string>

namespace etllm::cli {

/// Needs a terminal on stdin. The prompt and what is typed appear on stderr,
/// or on stdout when only that is the terminal. History lasts as long as the
/// object. One thread at a time, `restore_terminal` excepted.
class LineEditor {
 public:
  /// There is one at a time. Text is UTF-8 whatever the locale says.
  explicit LineEditor(std::string prompt);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// Waits for a line and returns it without its line break; nullopt when the
  /// input ends (Ctrl-D).
  std::optional<std::string> read_line();

  /// Gives the terminal its own settings back, while `read_line` waits: for
  /// leaving the process from another thread.
  void restore_terminal() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace etllm::cli
