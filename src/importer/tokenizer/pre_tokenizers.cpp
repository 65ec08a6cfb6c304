#include "importer/tokenizer/pre_tokenizers.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string>

namespace etllm::importer {
namespace {

using Json = nlohmann::ordered_json;

/// Every match of `pattern` becomes a word, and so does what lies between.
void add_split(Json& steps, const char* pattern) {
  steps.push_back({{"type", "Split"},
                   {"pattern", {{"Regex", pattern}}},
                   {"behavior", "Isolated"},
                   {"invert", false}});
}

void add_digits(Json& steps, bool individual) {
  steps.push_back({{"type", "Digits"}, {"individual_digits", individual}});
}

/// Maps bytes to printable characters; with `cuts`, also cuts as GPT-2 does.
void add_byte_level(Json& steps, bool cuts) {
  steps.push_back({{"type", "ByteLevel"},
                   {"add_prefix_space", false},
                   {"trim_offsets", true},
                   {"use_regex", cuts}});
}

void gpt2_steps(Json& steps) { add_byte_level(steps, true); }

void single_digit_steps(Json& steps) {
  add_digits(steps, true);
  add_byte_level(steps, true);
}

void llama3_steps(Json& steps) {
  add_split(steps,
            R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)"
            R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)");
  add_byte_level(steps, false);
}

void qwen2_steps(Json& steps) {
  add_split(steps,
            R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)"
            R"(\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)");
  add_byte_level(steps, false);
}

constexpr const char* kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S))";

/// What files without a name, or of before the names, are understood to mean.
void default_steps(Json& steps) {
  add_split(steps, R"([\p{P}\$\+<=>\^~\|]+)");
  add_split(steps, kGpt2Pattern);
  add_split(steps, R"(\p{N}+)");
  add_split(steps, "[0-9][0-9][0-9]");
  add_byte_level(steps, false);
}

void falcon_steps(Json& steps) {
  add_split(steps, R"([\p{P}\$\+<=>\^~\|`]+)");
  add_split(steps, kGpt2Pattern);
  add_split(steps, "[0-9][0-9][0-9]");
  add_byte_level(steps, false);
}

void deepseek_coder_steps(Json& steps) {
  add_split(steps, R"([\r\n])");
  add_split(steps, R"(\s?\p{L}+)");
  add_split(steps, R"(\s?\p{P}+)");
  add_split(steps, "[一-龥ࠀ-一가-퟿]+");
  add_split(steps, R"(\p{N})");
  add_byte_level(steps, false);
}

void deepseek3_steps(Json& steps) {
  add_split(steps, R"(\p{N}{1,3})");
  add_split(steps, "[一-龥぀-ゟ゠-ヿ]+");
  add_split(steps, R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|)"
                   R"([^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|)"
                   R"( ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)");
  add_byte_level(steps, false);
}

void tekken_steps(Json& steps) {
  add_split(steps,
            R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*)"
            R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]+|)"
            R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+)"
            R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]*|)"
            R"(\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)");
  add_byte_level(steps, false);
}

/// Like tekken_steps, with the endings of English words and longer numbers.
void gpt4o_steps(Json& steps) {
  add_split(steps, R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*)"
                   R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
                   R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+)"
                   R"([\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
                   R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|)"
                   R"(\s*[\r\n]+|\s+(?!\S)|\s+)");
  add_byte_level(steps, false);
}

using Rules = PreTokenizerRules;

constexpr std::array kRules = {
    // name, steps, ignore_merges, adds_bos, composes
    Rules{"default", &default_steps},
    Rules{"gpt-2", &gpt2_steps},
    Rules{"phi-2", &gpt2_steps},
    Rules{"mpt", &gpt2_steps},
    Rules{"olmo", &gpt2_steps},
    Rules{"jais", &gpt2_steps},
    Rules{"trillion", &gpt2_steps},
    Rules{"granite-docling", &gpt2_steps},
    Rules{"smollm", &single_digit_steps},
    Rules{"starcoder", &single_digit_steps},
    Rules{"refact", &single_digit_steps},
    Rules{"command-r", &single_digit_steps},
    Rules{"codeshell", &single_digit_steps},
    Rules{"exaone", &single_digit_steps},
    Rules{"minerva-7b", &single_digit_steps},
    Rules{"llama3", &llama3_steps, true, true},
    Rules{"llama-v3", &llama3_steps, true, true},
    Rules{"llama-bpe", &llama3_steps, true, true},
    Rules{"falcon3", &llama3_steps, true, true},
    Rules{"pixtral", &llama3_steps, true, true},
    Rules{"dbrx", &llama3_steps},
    Rules{"smaug-bpe", &llama3_steps},
    Rules{"qwen2", &qwen2_steps, false, false, true},
    Rules{"deepseek-r1-qwen", &qwen2_steps, false, false, true},
    Rules{"stablelm2", &qwen2_steps},
    Rules{"falcon", &falcon_steps},
    Rules{"deepseek-coder", &deepseek_coder_steps},
    Rules{"deepseek-v3", &deepseek3_steps},
    Rules{"tekken", &tekken_steps, true, true},
    Rules{"gpt-4o", &gpt4o_steps},
    Rules{"llama4", &gpt4o_steps},
};

}  // namespace

Result<const PreTokenizerRules*> find_pre_tokenizer(const GgufFile& file) {
  const auto name =
      file.get_or<std::string_view>("tokenizer.ggml.pre", "default");
  if (!name.ok()) return name.status();
  for (const Rules& rules : kRules) {
    if (rules.name == *name) return &rules;
  }
  return not_supported(
      "'" + file.path() + "': the tokenizer cuts words in the way " +
      in_quotes(*name) + " (tokenizer.ggml.pre), which cannot be imported yet");
}

bool adds_bos_by_default(const GgufFile& file) {
  const auto model = file.get_or<std::string_view>("tokenizer.ggml.model", "");
  if (model.ok() && *model == "llama") return true;
  const auto rules = find_pre_tokenizer(file);
  return rules.ok() && (*rules)->adds_bos;
}

}  // namespace etllm::importer
