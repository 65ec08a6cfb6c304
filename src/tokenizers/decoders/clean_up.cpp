#include "tokenizers/decoders/clean_up.h"

#include <array>
#include <cstddef>
#include <utility>

namespace tokenizers::pipeline {
namespace {

struct Replacement {
  std::string_view from;
  std::string_view to;
};

/// In this order.
constexpr std::array kReplacements = {
    Replacement{" .", "."},     Replacement{" ?", "?"},
    Replacement{" !", "!"},     Replacement{" ,", ","},
    Replacement{" ' ", "'"},    Replacement{" n't", "n't"},
    Replacement{" 'm", "'m"},   Replacement{" do not", " don't"},
    Replacement{" 's", "'s"},   Replacement{" 've", "'ve"},
    Replacement{" 're", "'re"},
};

}  // namespace

void replace_text(std::string& text, std::string_view from,
                  std::string_view to) {
  std::size_t at = text.find(from);
  if (at == std::string::npos) return;
  std::string result;
  std::size_t done = 0;
  for (; at != std::string::npos; at = text.find(from, done)) {
    result.append(text, done, at - done);
    result += to;
    done = at + from.size();
  }
  result.append(text, done);
  text = std::move(result);
}

void clean_up(std::string& text) {
  for (const Replacement& replacement : kReplacements) {
    replace_text(text, replacement.from, replacement.to);
  }
}

}  // namespace tokenizers::pipeline
