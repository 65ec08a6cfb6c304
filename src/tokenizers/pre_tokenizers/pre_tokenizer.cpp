#include "tokenizers/pre_tokenizers/pre_tokenizer.h"

#include <array>
#include <string>
#include <string_view>

#include "tokenizers/formats/fields.h"
#include "tokenizers/pre_tokenizers/byte_level.h"
#include "tokenizers/pre_tokenizers/character_splits.h"
#include "tokenizers/pre_tokenizers/digits.h"
#include "tokenizers/pre_tokenizers/fixed_length.h"
#include "tokenizers/pre_tokenizers/metaspace.h"
#include "tokenizers/pre_tokenizers/split.h"
#include "tokenizers/pre_tokenizers/unicode_scripts.h"

namespace tokenizers::pipeline {
namespace {

struct Kind {
  std::string_view type;
  etllm::Status (*append)(const Json& json, PreTokenizers& steps);
};

constexpr std::array kKinds = {
    Kind{"BertPreTokenizer", &append_bert_pre_tokenizer},
    Kind{"ByteLevel", &append_byte_level},
    Kind{"CharDelimiterSplit", &append_char_delimiter_split},
    Kind{"Digits", &append_digits},
    Kind{"FixedLength", &append_fixed_length},
    Kind{"Metaspace", &append_metaspace},
    Kind{"Punctuation", &append_punctuation},
    Kind{"Split", &append_split_step},
    Kind{"UnicodeScripts", &append_unicode_scripts},
    Kind{"Whitespace", &append_whitespace},
    Kind{"WhitespaceSplit", &append_whitespace_split},
};

etllm::Status append_steps(const Json& json, PreTokenizers& steps) {
  Fields fields(json, "pre_tokenizer");
  const std::string type = fields.text("type");
  if (type == "Sequence") {
    for (const Json& step : fields.array("pretokenizers")) {
      const etllm::Status appended = append_steps(step, steps);
      if (!appended.ok()) return appended;
    }
  }
  if (!fields.status().ok() || type == "Sequence") return fields.status();
  for (const Kind& kind : kKinds) {
    if (kind.type == type) return kind.append(json, steps);
  }
  return etllm::not_supported("the pre-tokenizer '" + type +
                              "' is not supported");
}

}  // namespace

etllm::Result<PreTokenizers> make_pre_tokenizers(const Json& json) {
  PreTokenizers steps;
  if (json.is_null()) return steps;
  const etllm::Status appended = append_steps(json, steps);
  if (!appended.ok()) return appended;
  return steps;
}

}  // namespace tokenizers::pipeline
