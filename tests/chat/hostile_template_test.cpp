// Templates that try to take the machine down. Each ends soon, in a `Status`
// that says what was too much. What "soon" and "bounded" mean is in
// src/chat/template/limits.h; a test that hangs runs into ctest's limit.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "chat/chat_template.h"

namespace etllm::chat {
namespace {

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

struct Hostile {
  std::string name;
  std::string source;
  /// What the error says.
  std::string error;
};

void PrintTo(const Hostile& hostile, std::ostream* out) {
  *out << hostile.name;
}

class HostileTemplate : public testing::TestWithParam<Hostile> {};

TEST_P(HostileTemplate, EndsWithAnError) {
  const Hostile& hostile = GetParam();
  const Result<ChatTemplate> chat_template =
      ChatTemplate::parse(hostile.source, "hostile");
  std::string message;
  if (!chat_template.ok()) {
    message = chat_template.status().message();
  } else {
    const Result<std::string> text = chat_template->render({});
    ASSERT_FALSE(text.ok()) << "it rendered " << text->size() << " bytes";
    message = text.status().message();
  }
  EXPECT_NE(message.find(hostile.error), std::string::npos) << message;
}

// The same loop four levels deep: 10^20 iterations.
std::string endless(const std::string& body, const std::string& before = "") {
  return before + repeated("{% for i in range(100000) %}", 4) + body +
         repeated("{% endfor %}", 4);
}

constexpr const char* kWork = "more work than is allowed";
constexpr const char* kText = "longer than 16 MiB";
constexpr const char* kDeep = "too deeply";
constexpr const char* kBig = "{% set big = 'ab' * 4000000 %}";

std::vector<Hostile> loops() {
  return {
      {"EmptyLoops", endless(""), kWork},
      {"LoopsThatContinue", endless("{% continue %}"), kWork},
      {"LoopsWithAFilter",
       "{% for i in range(100000) if endless() %}{% endfor %}", "undefined"},
      {"LongRange", "{{ range(100001) }}", "longer than 100000 items"},
      {"LongRangeBackwards",
       "{{ range(9223372036854775807, -9223372036854775807, -1) }}",
       "longer than 100000 items"},
      {"LoopsThatPrint", endless("{{ i }} and some more text "), kText},
      {"LoopsOverABigText", endless("{{ big | length }}", kBig), kWork},
      {"LoopsThatSearch", endless("{{ big.find('aa') }}", kBig), kWork},
      {"LoopsThatCount", endless("{{ big | wordcount }}", kBig), kWork},
      {"LoopsThatCompare", endless("{{ big == big ~ '' }}", kBig), kWork},
      {"LoopsThatSplit", endless("{% set x = big.split('b') %}", kBig), kWork},
      {"LoopsThatSort",
       endless("{{ list | sort | length }}",
               "{% set list = range(100000) | list %}"),
       kWork},
  };
}

std::vector<Hostile> bombs() {
  return {
      {"RepeatedText", "{{ 'a' * 1000000000 }}", "too long"},
      {"RepeatedTextWithoutEnd", "{{ 'ab' * 9223372036854775807 }}",
       "too long"},
      {"RepeatedList", "{{ [1] * 1000000000 }}", "too long"},
      {"DoubledText",
       "{% set ns = namespace(x='ab') %}{% for i in range(100) %}"
       "{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
       kText},
      {"DoubledList",
       "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}"
       "{% set ns.x = ns.x + ns.x %}{% endfor %}",
       kWork},
      {"SharedListsPrinted",
       "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}"
       "{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
       kWork},
      {"SharedListsAsJson",
       "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}"
       "{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}",
       kWork},
      {"SharedListsCompared",
       "{% set a = namespace(x=[1]) %}{% set b = namespace(x=[1]) %}"
       "{% for i in range(60) %}{% set a.x = [a.x, a.x] %}"
       "{% set b.x = [b.x, b.x] %}{% endfor %}{{ a.x == b.x }}",
       kWork},
      {"SharedTuplesAsKey",
       "{% set ns = namespace(x=(1,)) %}{% for i in range(60) %}"
       "{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}",
       kWork},
      {"WideFormat", "{{ '{:999999999}'.format(1) }}", "too large"},
      {"WidePercentFormat", "{{ '%999999999d' % 1 }}", "too large"},
      {"ManyDigits", "{{ '%.99999d' % 1.5 }}", "too many digits"},
      {"WideCentre", "{{ 'a'.center(9223372036854775807) }}", kWork},
      {"WideFill", "{{ '1'.zfill(9223372036854775807) }}", kWork},
      {"WideIndent", "{{ 'a\nb' | indent(9223372036854775807) }}", kWork},
      {"LongBatch", "{{ [1] | batch(9223372036854775807, 0) | list }}",
       "too long"},
      {"ReplacementThatGrows",
       "{% set x = 'a' * 100000 %}{{ x | replace('a', x) | length }}", kWork},
      {"JoinThatGrows",
       "{% set x = 'a' * 100000 %}{{ x.join(x | list) | length }}", kWork},
      {"EveryCharacterCounted",
       "{% for i in range(1000) %}{{ ('a' * 16000000).count('a') }}"
       "{% endfor %}",
       kWork},
      {"EveryCharacterSplit", "{{ ('a' * 16000000).split('a') | length }}",
       kWork},
      {"WordsSplit", "{{ ('a ' * 8000000).split() | length }}", kWork},
      {"LinesSplit", "{{ ('\n' * 16000000).splitlines() | length }}", kWork},
      {"CapturedOutput",
       "{% for i in range(100000) %}{% set x %}{{ 'ab' * 100000 }}"
       "{% endset %}{% endfor %}",
       kWork},
      {"LargePower", "{{ 10 ** 9223372036854775807 }}", "64 bits"},
      {"MacrosThatKeepScopes",
       "{% for i in range(100000) %}{% for j in range(100000) %}"
       "{% macro m() %}{% endmacro %}{% endfor %}{% endfor %}",
       kWork},
  };
}

std::vector<Hostile> nestings() {
  return {
      {"MacroThatCallsItself",
       "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", kDeep},
      {"MacrosThatCallEachOther",
       "{% macro a() %}{{ b() }}{% endmacro %}"
       "{% macro b() %}{{ a() }}{{ a() }}{% endmacro %}{{ a() }}",
       kDeep},
      {"CallBlockThatCallsItself",
       "{% macro m() %}{{ caller() }}{% call m() %}x{% endcall %}"
       "{% endmacro %}{% call m() %}x{% endcall %}",
       kDeep},
      {"Parentheses", "{{ " + repeated("(", 100000), kDeep},
      {"Brackets", "{{ " + repeated("[", 100000), kDeep},
      {"Braces", "{{ " + repeated("{1:", 100000), kDeep},
      {"Signs", "{{ " + repeated("-", 100000) + "1 }}", kDeep},
      {"Negations", "{{ " + repeated("not ", 100000) + "1 }}", kDeep},
      {"Sums", "{{ 1" + repeated("+1", 100000) + " }}", kDeep},
      {"Powers", "{{ 1" + repeated("**1", 100000) + " }}", kDeep},
      {"Attributes", "{{ a" + repeated(".a", 100000) + " }}", kDeep},
      {"Subscripts", "{{ a" + repeated("[0]", 100000) + " }}", kDeep},
      {"Calls", "{{ a" + repeated("()", 100000) + " }}", kDeep},
      {"Filters", "{{ a" + repeated("|e", 100000) + " }}", kDeep},
      {"Tests", "{{ a" + repeated(" is defined", 10000) + " }}",
       "cannot be chained"},
      {"Conditions", "{{ 1" + repeated(" if 1 else 1", 50000) + " }}", kDeep},
      {"Ifs", repeated("{% if 1 %}", 50000), kDeep},
      {"Fors", repeated("{% for i in x %}", 50000), kDeep},
      {"Targets", "{% set " + repeated("(", 100000), kDeep},
      {"ListsInLists",
       "{% set ns = namespace(x=[]) %}{% for i in range(1000) %}"
       "{% set ns.x = [ns.x] %}{% endfor %}",
       "levels deep"},
      {"DictionariesInDictionaries",
       "{% set ns = namespace(x={}) %}{% for i in range(1000) %}"
       "{% set ns.x = {1: ns.x} %}{% endfor %}",
       "levels deep"},
      {"MethodsOfMethods",
       "{% set ns = namespace(x='a'.upper) %}{% for i in range(1000) %}"
       "{% set ns.x = [ns.x].count %}{% endfor %}",
       "levels deep"},
  };
}

std::vector<Hostile> wide_syntax() {
  std::string variables, parameters, arguments;
  for (int i = 0; i < 50000; ++i) {
    const std::string name = "v" + std::to_string(i);
    variables += "{%set " + name + "=1%}";
    parameters += name + ",";
    arguments += name + "=1,";
  }
  parameters.back() = ')';
  arguments.back() = ')';
  return {
      {"ManyVariables", endless("{{ v0 }}", variables), kWork},
      {"ManyParameters", "{% macro m(" + parameters + "%}{% endmacro %}",
       "too many parameters"},
      {"ManyArguments", "{{ namespace(" + arguments + " }}",
       "too many arguments"},
      {"LongSource", std::string((1 << 20) + 1, 'a'), "longer than 1 MiB"},
  };
}

std::string name_of(const testing::TestParamInfo<Hostile>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Loops, HostileTemplate, testing::ValuesIn(loops()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Bombs, HostileTemplate, testing::ValuesIn(bombs()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Nestings, HostileTemplate,
                         testing::ValuesIn(nestings()), name_of);
INSTANTIATE_TEST_SUITE_P(WideSyntax, HostileTemplate,
                         testing::ValuesIn(wide_syntax()), name_of);

TEST(LargeTemplate, LongPromptsAreWithinTheLimits) {
  const Result<ChatTemplate> chat_template = ChatTemplate::builtin_chatml();
  RenderInputs inputs;
  for (int i = 0; i < 2000; ++i) {
    inputs.messages.push_back({{"role", i % 2 == 0 ? "user" : "assistant"},
                               {"content", std::string(2000, 'x')}});
  }
  const Result<std::string> text = chat_template->render(inputs);
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_GT(text->size(), 4'000'000u);
}

// A search from the end that starts anew for every part would never end.
TEST(LargeTemplate, SplittingFromTheRightTakesLinearTime) {
  const Result<ChatTemplate> chat_template = ChatTemplate::parse(
      "{% set separator = 'a' * 20 %}"
      "{{ (separator * 200000).rsplit(separator) | length }}",
      "test");
  ASSERT_TRUE(chat_template.ok());
  const Result<std::string> text = chat_template->render({});
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_EQ(*text, "200001");
}

TEST(LargeTemplate, ManyFunctionsAreWithinTheLimits) {
  const Result<ChatTemplate> chat_template = ChatTemplate::parse(
      "{% for tool in tools %}{{ tool | tojson(indent=4) }}{% endfor %}",
      "test");
  ASSERT_TRUE(chat_template.ok());
  RenderInputs inputs;
  for (int i = 0; i < 1000; ++i) {
    inputs.tools.push_back({{"name", "f"}, {"values", {1, 2, 3, {4, 5}}}});
  }
  EXPECT_TRUE(chat_template->render(inputs).ok());
}

}  // namespace
}  // namespace etllm::chat
