#include "chat/conversation.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "chat/golden_cases.h"

namespace etllm::chat {
namespace {

using nlohmann::ordered_json;

ChatTemplate template_of(const std::string& source) {
  Result<ChatTemplate> chat_template = ChatTemplate::parse(source, "test");
  EXPECT_TRUE(chat_template.ok()) << chat_template.status().message();
  return *std::move(chat_template);
}

Conversation chatml() { return Conversation(ChatTemplate::builtin_chatml()); }

Conversation brief_chatml() {
  ConversationOptions options;
  options.system_prompt = "Be brief.";
  return Conversation(ChatTemplate::builtin_chatml(), std::move(options));
}

/// A template that drops the thoughts of earlier answers.
constexpr const char* kForgetsThoughts =
    "{% for m in messages %}[{{ m.role }}]"
    "{{ m.content.split('</think>')[-1] if not loop.last else m.content }}"
    "{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";

Prompt next(Conversation& chat) {
  Result<Prompt> prompt = chat.next_prompt();
  EXPECT_TRUE(prompt.ok()) << prompt.status().message();
  return prompt.ok() ? *prompt : Prompt{};
}

TEST(Conversation, FirstPromptIsWholeAndResetsTheCache) {
  Conversation chat = brief_chatml();
  chat.add({"user", "Hello"});
  const Prompt prompt = next(chat);
  EXPECT_TRUE(prompt.reset_cache);
  EXPECT_EQ(prompt.text,
            "<|im_start|>system\nBe brief.<|im_end|>\n"
            "<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n");
}

TEST(Conversation, LaterPromptsHaveOnlyWhatIsNew) {
  Conversation chat = chatml();
  chat.add({"user", "Hello"});
  next(chat);
  chat.add_reply("Hi.", "<|im_end|>");
  chat.add({"user", "Why?"});
  const Prompt prompt = next(chat);
  EXPECT_FALSE(prompt.reset_cache);
  EXPECT_EQ(prompt.text,
            "\n<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\n");
}

TEST(Conversation, EndTokenThatIsNotInTheCacheIsPartOfTheNextPrompt) {
  Conversation chat = chatml();
  chat.add({"user", "Hello"});
  next(chat);
  chat.add_reply("Hi.");
  chat.add({"user", "Why?"});
  EXPECT_EQ(next(chat).text,
            "<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n"
            "<|im_start|>assistant\n");
}

TEST(Conversation, PromptsAndRepliesTogetherAreTheWholePrompt) {
  Conversation chat = brief_chatml();
  std::string seen;
  for (int turn = 0; turn < 5; ++turn) {
    chat.add({"user", "Question " + std::to_string(turn)});
    const Prompt prompt = next(chat);
    EXPECT_EQ(prompt.reset_cache, turn == 0);
    if (prompt.reset_cache) seen.clear();
    seen += prompt.text;
    const Result<std::string> whole = chat.full_prompt();
    ASSERT_TRUE(whole.ok());
    EXPECT_EQ(seen, *whole);
    const std::string reply = "Answer\n" + std::to_string(turn);
    chat.add_reply(reply, "<|im_end|>");
    seen += reply + "<|im_end|>";
  }
}

TEST(Conversation, ATemplateThatRewritesTheReplyResetsTheCache) {
  Conversation chat(template_of(kForgetsThoughts));
  chat.add({"user", "Hello"});
  next(chat);
  chat.add_reply("<think>hm</think>Hi.");
  chat.add({"user", "Why?"});
  const Prompt prompt = next(chat);
  EXPECT_TRUE(prompt.reset_cache);
  EXPECT_EQ(prompt.text, "[user]Hello[assistant]Hi.[user]Why?[assistant]");
}

TEST(Conversation, AnotherEndTokenThanTheTemplateHasResetsTheCache) {
  Conversation chat = chatml();
  chat.add({"user", "Hello"});
  next(chat);
  chat.add_reply("Hi.", "<|endoftext|>");
  chat.add({"user", "Why?"});
  EXPECT_TRUE(next(chat).reset_cache);
}

TEST(Conversation, ForgottenCacheMakesTheNextPromptWhole) {
  Conversation chat = chatml();
  chat.add({"user", "Hello"});
  next(chat);
  chat.add_reply("Hi.", "<|im_end|>");
  chat.forget_cache();
  chat.add({"user", "Why?"});
  const Prompt prompt = next(chat);
  EXPECT_TRUE(prompt.reset_cache);
  EXPECT_EQ(prompt.text, *chat.full_prompt());
}

TEST(Conversation, ClearKeepsTheSystemPromptOnly) {
  Conversation chat = brief_chatml();
  chat.add({"user", "Hello"});
  next(chat);
  chat.clear();
  ASSERT_EQ(chat.messages().size(), 1u);
  EXPECT_EQ(chat.messages()[0]["content"], "Be brief.");
  chat.add({"user", "Again"});
  EXPECT_TRUE(next(chat).reset_cache);
}

TEST(Conversation, AFailedPromptChangesNothing) {
  Conversation chat(
      template_of("{% for m in messages %}{% if m.content == 'bad' %}"
                  "{{ raise_exception('refused') }}{% endif %}[{{ m.content }}]"
                  "{% endfor %}"));
  chat.add({"user", "good"});
  EXPECT_EQ(next(chat).text, "[good]");
  chat.add({"user", "bad"});
  const Result<Prompt> refused = chat.next_prompt();
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.status().message().find("refused"), std::string::npos);
  EXPECT_FALSE(chat.next_prompt().ok());
  EXPECT_EQ(chat.messages().size(), 2u);
}

TEST(Conversation, MessagesMayHaveMoreFields) {
  Conversation chat(
      template_of("{% for m in messages %}{{ m.tool_call_id }}{% endfor %}"));
  chat.add_object({{"role", "tool"}, {"tool_call_id", "c1"}});
  EXPECT_EQ(next(chat).text, "c1");
}

TEST(Conversation, OptionsReachTheTemplate) {
  ConversationOptions options;
  options.tools = ordered_json::array({{{"name", "f"}}});
  options.bos_token = "<s>";
  options.eos_token = "</s>";
  options.variables = {{"style", "short"}};
  options.now = std::tm{};
  options.now->tm_year = 126;
  Conversation chat(template_of("{{ bos_token }}{{ tools[0].name }}{{ style }}"
                                "{{ strftime_now('%Y') }}{{ eos_token }}"),
                    std::move(options));
  EXPECT_EQ(next(chat).text, "<s>fshort2026</s>");
}

TEST(Conversation, WholePromptMayEndWithoutTheBeginningOfAnAnswer) {
  Conversation chat = chatml();
  chat.add({"user", "Hello"});
  EXPECT_EQ(*chat.full_prompt(false), "<|im_start|>user\nHello<|im_end|>\n");
}

// For every model's template: whatever it does, following `reset_cache` gives
// the model the same text as the whole prompt.
TEST(Conversation, FollowingResetCacheGivesTheWholePromptInEveryTemplate) {
  std::string last_source;
  for (const GoldenCase& golden : read_golden_cases("models.jsonl")) {
    if (golden.source == last_source) continue;
    last_source = golden.source;
    ConversationOptions options;
    options.bos_token = "<s>";
    options.eos_token = "</s>";
    Conversation chat(template_of(golden.source), std::move(options));
    std::string seen;
    for (const char* reply :
         {"Hi there.", " <think>\nWell.\n</think>\n\nSo "}) {
      chat.add({"user", "Hello"});
      const Prompt prompt = next(chat);
      seen = prompt.reset_cache ? prompt.text : seen + prompt.text;
      EXPECT_EQ(seen, *chat.full_prompt()) << golden.name;
      chat.add_reply(reply, "");
      seen += reply;
    }
  }
}

}  // namespace
}  // namespace etllm::chat
