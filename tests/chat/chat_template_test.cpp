// What ChatTemplate promises beside the language, which the goldens specify:
// its inputs, its errors, and the templates to fall back to.

#include "chat/chat_template.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace etllm::chat {
namespace {

using nlohmann::ordered_json;

std::string render(const std::string& source, const RenderInputs& inputs = {}) {
  const Result<ChatTemplate> chat_template =
      ChatTemplate::parse(source, "test.gguf");
  if (!chat_template.ok()) return chat_template.status().message();
  const Result<std::string> text = chat_template->render(inputs);
  return text.ok() ? *text : text.status().message();
}

RenderInputs one_question() {
  RenderInputs inputs;
  inputs.messages = {{{"role", "user"}, {"content", "Hello"}}};
  return inputs;
}

TEST(ChatTemplate, RendersTheMessages) {
  EXPECT_EQ(render("{% for m in messages %}{{ m.role }}: {{ m.content }}"
                   "{% endfor %}",
                   one_question()),
            "user: Hello");
}

TEST(ChatTemplate, KeepsNameAndSource) {
  const Result<ChatTemplate> chat_template =
      ChatTemplate::parse("text", "model.gguf");
  ASSERT_TRUE(chat_template.ok());
  EXPECT_EQ(chat_template->name(), "model.gguf");
  EXPECT_EQ(chat_template->source(), "text");
}

TEST(ChatTemplate, DefinesWhatTransformersDefines) {
  EXPECT_EQ(render("{{ messages | length }} {{ tools is none }} "
                   "{{ documents is none }} {{ add_generation_prompt }}"),
            "0 True True True");
}

TEST(ChatTemplate, SpecialTokensAreUndefinedUnlessGiven) {
  RenderInputs inputs;
  EXPECT_EQ(render("{{ bos_token is defined }}{{ eos_token }}"), "False");
  inputs.bos_token = "<s>";
  inputs.eos_token = "</s>";
  EXPECT_EQ(render("{{ bos_token }}{{ eos_token }}", inputs), "<s></s>");
}

TEST(ChatTemplate, VariablesReachTheTemplateAndReplaceInputs) {
  RenderInputs inputs = one_question();
  inputs.variables = {{"enable_thinking", false}, {"messages", "mine"}};
  EXPECT_EQ(render("{{ enable_thinking }} {{ messages }}", inputs),
            "False mine");
}

TEST(ChatTemplate, ObjectsKeepTheOrderOfTheirKeys) {
  RenderInputs inputs;
  inputs.tools = ordered_json::parse(R"([{"z": 1, "a": {"y": 2, "b": 3}}])");
  EXPECT_EQ(render("{{ tools | tojson }}", inputs),
            R"([{"z": 1, "a": {"y": 2, "b": 3}}])");
}

TEST(ChatTemplate, HasAClockOnlyWhenItIsGivenOne) {
  RenderInputs inputs;
  EXPECT_EQ(render("{{ strftime_now is defined }}"), "False");
  inputs.now = std::tm{};
  inputs.now->tm_year = 126;
  EXPECT_EQ(render("{{ strftime_now('%Y') }}", inputs), "2026");
}

TEST(ChatTemplate, KeepsBytesThatAreNotUtf8) {
  RenderInputs inputs;
  inputs.messages = {"a\xff\xc3"};
  EXPECT_EQ(render("{{ messages[0] | upper }}", inputs), "A\xff\xc3");
}

TEST(ChatTemplate, InputsThatNestTooDeeplyAreAnError) {
  RenderInputs inputs;
  for (int i = 0; i < 200; ++i) {
    inputs.messages = ordered_json::array({inputs.messages});
  }
  EXPECT_NE(render("{{ messages | length }}", inputs).find("too deeply"),
            std::string::npos);
}

TEST(ChatTemplate, SyntaxErrorsNameTheFileAndTheLine) {
  const Result<ChatTemplate> broken =
      ChatTemplate::parse("one\ntwo\n{% if %}\n", "model.gguf");
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.status().code(), StatusCode::kInvalidData);
  EXPECT_EQ(broken.status().message(),
            "The chat template of model.gguf, line 3: expected an expression, "
            "but found '%}'");
}

TEST(ChatTemplate, RenderingErrorsNameTheFileAndTheLine) {
  const Result<ChatTemplate> chat_template = ChatTemplate::parse(
      "{{ 'fine' }}\n\n{{ messages[0].content + 1 }}\n", "model.gguf");
  ASSERT_TRUE(chat_template.ok());
  const Result<std::string> text = chat_template->render(one_question());
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(text.status().message(),
            "The chat template of model.gguf, line 3: '+' does not work on "
            "values of the types 'str' and 'int'");
}

TEST(ChatTemplate, WhatATemplateRaisesIsTheMessage) {
  EXPECT_EQ(render("{{ raise_exception('Roles must alternate') }}"),
            "The chat template of test.gguf, line 1: Roles must alternate");
}

TEST(ChatTemplate, UseOfAMissingValueSaysWhatIsMissing) {
  EXPECT_EQ(render("{{ messages[0].name.upper() }}", one_question()),
            "The chat template of test.gguf, line 1: 'dict' object has no "
            "attribute 'name'");
  EXPECT_EQ(render("{{ mesages[0] }}"),
            "The chat template of test.gguf, line 1: 'mesages' is undefined");
}

TEST(ChatTemplate, UnknownWordsOfTheLanguageAreNamed) {
  EXPECT_NE(render("{% frobnicate %}").find("'frobnicate'"), std::string::npos);
  EXPECT_NE(render("{{ 1 | frobnicate }}").find("filter 'frobnicate'"),
            std::string::npos);
  EXPECT_NE(render("{{ 1 is frobnicate }}").find("test 'frobnicate'"),
            std::string::npos);
  EXPECT_NE(render("{{ 'a'.frobnicate() }}").find("'frobnicate'"),
            std::string::npos);
}

TEST(ChatTemplate, ListsCannotBeChanged) {
  EXPECT_NE(render("{{ messages.append(1) }}").find("would change a value"),
            std::string::npos);
}

TEST(ChatTemplate, CopiesRenderFromSeveralThreadsAtOnce) {
  const Result<ChatTemplate> chat_template = ChatTemplate::parse(
      "{% for i in range(200) %}{{ messages[0].content }}{{ [1, 'x'] }}"
      "{% endfor %}",
      "test");
  ASSERT_TRUE(chat_template.ok());
  const RenderInputs inputs = one_question();
  const Result<std::string> expected = chat_template->render(inputs);
  ASSERT_TRUE(expected.ok());
  std::vector<std::string> texts(4);
  std::vector<std::thread> threads;
  for (std::string& text : texts) {
    threads.emplace_back([&text, &inputs, copy = *chat_template] {
      if (Result<std::string> result = copy.render(inputs); result.ok()) {
        text = *std::move(result);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& text : texts) EXPECT_EQ(text, *expected);
}

TEST(BuiltinChatTemplate, ChatMlMarksEveryMessage) {
  const Result<std::string> text =
      ChatTemplate::builtin_chatml().render(one_question());
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_EQ(*text,
            "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n");
}

TEST(BuiltinChatTemplate, PlainTextNamesTheSpeakers) {
  RenderInputs inputs;
  inputs.messages = {{{"role", "system"}, {"content", "Be brief."}},
                     {{"role", "user"}, {"content", "Hello"}},
                     {{"role", "assistant"}, {"content", "Hi"}}};
  const Result<std::string> text = ChatTemplate::builtin_plain().render(inputs);
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_EQ(*text, "Be brief.\n\nUser: Hello\nAssistant: Hi\nAssistant:");
}

}  // namespace
}  // namespace etllm::chat
