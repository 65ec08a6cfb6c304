#pragma once

// The words of a text, as the pre-tokenizers cut it step by step.

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace tokenizers::pipeline {

/// Views into the text it was made from, or into texts it keeps itself.
class Words {
 public:
  using List = std::vector<std::string_view>;

  /// One word, the whole of `text`. `at_start`: whether nothing was in front
  /// of it in what the user wrote.
  Words(std::string_view text, bool at_start)
      : list_{text}, at_start_(at_start) {}

  const List& list() const { return list_; }
  /// Whether the first word stands where the user's text begins.
  bool at_start() const { return at_start_; }

  /// Replaces each word with the ones that `cut(word, words)` appends; empty
  /// ones are dropped.
  template <typename Cut>
  void cut_each(Cut cut) {
    List words;
    words.reserve(list_.size());
    for (const std::string_view word : list_) cut(word, words);
    std::erase_if(words, [](std::string_view word) { return word.empty(); });
    list_ = std::move(words);
  }

  /// The same for what can fail.
  template <typename Cut>
  etllm::Status try_cut_each(Cut cut) {
    etllm::Status status;
    cut_each([&](std::string_view word, List& words) {
      if (status.ok()) status = cut(word, words);
    });
    return status;
  }

  /// Replaces each word with `change(word)`, a text.
  template <typename Change>
  void change_each(Change change) {
    for (std::string_view& word : list_) word = keep(change(word));
  }

  /// Stores `text`; the view lives as long as these words.
  std::string_view keep(std::string text) {
    return kept_.emplace_back(std::move(text));
  }

 private:
  List list_;
  std::deque<std::string> kept_;
  bool at_start_;
};

}  // namespace tokenizers::pipeline
