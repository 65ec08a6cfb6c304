// Every golden, case by case: the same text as Jinja2, and a `Status` where
// Jinja2 fails and for what is not supported.

#include <gtest/gtest.h>

#include <string>

#include "chat/chat_template.h"
#include "chat/golden_cases.h"

namespace etllm::chat {
namespace {

Result<std::string> render(const GoldenCase& golden) {
  const Result<ChatTemplate> chat_template =
      ChatTemplate::parse(golden.source, "golden");
  if (!chat_template.ok()) return chat_template.status();
  return chat_template->render(golden_inputs(golden.context));
}

std::string in_words(const GoldenCase& golden,
                     const Result<std::string>& rendered) {
  const std::string wanted =
      golden.output ? "the text [" + *golden.output + "]" : "an error";
  const std::string got = rendered.ok()
                              ? "the text [" + *rendered + "]"
                              : "the error: " + rendered.status().message();
  return "case '" + golden.name + "'\ntemplate: " + golden.source +
         "\nvariables: " + golden.context.dump() + "\nwanted " + wanted +
         "\ngot " + got + "\n";
}

class TemplateGolden : public testing::TestWithParam<const char*> {};

TEST_P(TemplateGolden, RendersAsJinja2Does) {
  for (const GoldenCase& golden : read_golden_cases(GetParam())) {
    const Result<std::string> rendered = render(golden);
    const bool same = golden.output
                          ? rendered.ok() && *rendered == *golden.output
                          : !rendered.ok();
    EXPECT_TRUE(same) << in_words(golden, rendered);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, TemplateGolden,
                         testing::Values("language.jsonl", "random.jsonl",
                                         "models.jsonl"),
                         [](const auto& info) {
                           const std::string file = info.param;
                           return file.substr(0, file.find('.'));
                         });

}  // namespace
}  // namespace etllm::chat
