// Mutated templates: whatever becomes of them, parsing and rendering end with
// a text or with a `Status`. Their worth is under the sanitizers.

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "chat/chat_template.h"
#include "chat/golden_cases.h"

namespace etllm::chat {
namespace {

constexpr int kMutantsPerFile = 3000;

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

  /// `text` with up to three changes; parts of `other` may be in it.
  std::string mutated(std::string text, std::string_view other) {
    for (std::size_t i = 0, count = 1 + below(3); i < count; ++i) {
      change(text, other);
    }
    return text;
  }

 private:
  void change(std::string& text, std::string_view other) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t size = below(20);
    switch (below(6)) {
      case 0:
        text.erase(at, size);
        break;
      case 1:
        text.insert(at, std::string(text, below(text.size() + 1), size));
        break;
      case 2:
        text.insert(at, other.substr(below(other.size() + 1), size));
        break;
      case 3:
        text.insert(at, kWords[below(kWords.size())]);
        break;
      case 4:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      default:
        text.resize(at);
    }
  }

  static constexpr auto kWords = std::to_array<std::string_view>({
      "{%",       "%}",         "{{",         "}}",
      "{#",       "-",          "(",          ")",
      "[",        "]",          "|",          ".",
      ",",        "'",          "\\",         "~",
      "not ",     " if ",       " else ",     " is ",
      " in ",     "loop",       "messages",   "none",
      "[::-1]",   "[0]",        "* 99999999", "9223372036854775807",
      "-1",       "1e308",      "\xff",       "\xe2\x98",
      "|tojson",  "|sort",      "|join",      "|map('upper')",
      ".items()", ".split()",   ".format(1)", "range(99999)",
      "% (1, 2)", "{%endfor%}", "{%endif%}",  "{%for x in y%}",
      "** 9",     "namespace(", "|batch(3)",  "|indent(99)",
  });

  std::mt19937 random_;
};

class TemplateMutation : public testing::TestWithParam<const char*> {};

TEST_P(TemplateMutation, EndsWithATextOrAStatus) {
  const std::vector<GoldenCase> cases = read_golden_cases(GetParam());
  Mutator mutator(20260305);
  int rendered = 0, refused = 0;
  for (int i = 0; i < kMutantsPerFile; ++i) {
    const GoldenCase& golden = cases[mutator.below(cases.size())];
    const GoldenCase& other = cases[mutator.below(cases.size())];
    const std::string source = mutator.mutated(golden.source, other.source);
    const Result<ChatTemplate> chat_template =
        ChatTemplate::parse(source, "mutant");
    const bool ok = chat_template.ok() &&
                    chat_template->render(golden_inputs(golden.context)).ok();
    ++(ok ? rendered : refused);
  }
  // Mutants that all fail at once would test nothing but the first check.
  EXPECT_GT(rendered, kMutantsPerFile / 20);
  EXPECT_GT(refused, kMutantsPerFile / 20);
}

INSTANTIATE_TEST_SUITE_P(Files, TemplateMutation,
                         testing::Values("language.jsonl", "random.jsonl",
                                         "models.jsonl"),
                         [](const auto& info) {
                           const std::string file = info.param;
                           return file.substr(0, file.find('.'));
                         });

}  // namespace
}  // namespace etllm::chat
