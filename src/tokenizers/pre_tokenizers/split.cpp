#include "tokenizers/pre_tokenizers/split.h"

#include <utility>

#include "tokenizers/formats/fields.h"
#include "tokenizers/pre_tokenizers/scanner.h"
#include "tokenizers/pre_tokenizers/split_behavior.h"
#include "tokenizers/text/pattern.h"

namespace tokenizers::pipeline {
namespace {

class ScannedSplit final : public PreTokenizer {
 public:
  explicit ScannedSplit(Scanner scanner) : scanner_(scanner) {}

  etllm::Status pre_tokenize(Words& words) const override {
    words.cut_each(scanner_);
    return {};
  }

 private:
  Scanner scanner_;
};

class PatternSplit final : public PreTokenizer {
 public:
  PatternSplit(Pattern pattern, SplitBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  etllm::Status pre_tokenize(Words& words) const override {
    return words.try_cut_each([this](std::string_view word, Words::List& list) {
      std::vector<Span> matches;
      const etllm::Status found = pattern_.find_all(word, matches);
      if (!found.ok()) return found;
      std::vector<Part> parts = parts_of(word, matches);
      if (invert_) {
        for (Part& part : parts) part.is_match = !part.is_match;
      }
      append_split(word, parts, behavior_, list);
      return found;
    });
  }

 private:
  Pattern pattern_;
  SplitBehavior behavior_;
  bool invert_;
};

/// The scanner for a split that keeps every match as a word.
Scanner scanner_for(const Json& json, SplitBehavior behavior, bool invert) {
  // The known patterns match everything: what lies between is nothing.
  if (invert || behavior != SplitBehavior::kIsolated) return nullptr;
  const Json& pattern = json["pattern"];
  if (!pattern.contains("Regex")) return nullptr;
  return find_scanner(pattern["Regex"].get_ref<const std::string&>());
}

}  // namespace

etllm::Status append_split_step(const Json& json, PreTokenizers& steps) {
  Fields fields(json, "the pre-tokenizer Split");
  const SplitBehavior behavior = split_behavior(fields, "behavior");
  const bool invert = fields.boolean_or("invert", false);
  auto pattern = Pattern::from_json(fields, "pattern");
  if (!fields.status().ok()) return fields.status();
  if (!pattern.ok()) return pattern.status();
  if (const Scanner scanner = scanner_for(json, behavior, invert)) {
    steps.push_back(std::make_unique<ScannedSplit>(scanner));
  } else {
    steps.push_back(
        std::make_unique<PatternSplit>(*std::move(pattern), behavior, invert));
  }
  return {};
}

}  // namespace tokenizers::pipeline
