#include "tokenizers/normalizers/normalizer.h"

#include <array>
#include <string_view>

#include "tokenizers/formats/fields.h"
#include "tokenizers/normalizers/bert.h"
#include "tokenizers/normalizers/byte_level.h"
#include "tokenizers/normalizers/lowercase.h"
#include "tokenizers/normalizers/nmt.h"
#include "tokenizers/normalizers/precompiled.h"
#include "tokenizers/normalizers/prepend.h"
#include "tokenizers/normalizers/replace.h"
#include "tokenizers/normalizers/strip.h"
#include "tokenizers/normalizers/strip_accents.h"
#include "tokenizers/normalizers/unicode_forms.h"

namespace tokenizers::pipeline {
namespace {

struct Kind {
  std::string_view type;
  etllm::Status (*append)(const Json& json, Normalizers& steps);
};

constexpr std::array kKinds = {
    Kind{"BertNormalizer", &append_bert_normalizer},
    Kind{"ByteLevel", &append_byte_level_normalizer},
    Kind{"Lowercase", &append_lowercase},
    Kind{"NFC", &append_unicode_form},
    Kind{"NFD", &append_unicode_form},
    Kind{"NFKC", &append_unicode_form},
    Kind{"NFKD", &append_unicode_form},
    Kind{"Nmt", &append_nmt},
    Kind{"Precompiled", &append_precompiled},
    Kind{"Prepend", &append_prepend},
    Kind{"Replace", &append_replace},
    Kind{"Strip", &append_strip},
    Kind{"StripAccents", &append_strip_accents},
};

etllm::Status append_steps(const Json& json, Normalizers& steps) {
  Fields fields(json, "normalizer");
  const std::string type = fields.text("type");
  if (type == "Sequence") {
    for (const Json& step : fields.array("normalizers")) {
      const etllm::Status appended = append_steps(step, steps);
      if (!appended.ok()) return appended;
    }
  }
  if (!fields.status().ok() || type == "Sequence") return fields.status();
  for (const Kind& kind : kKinds) {
    if (kind.type == type) return kind.append(json, steps);
  }
  return etllm::not_supported("the normalizer '" + type + "' is not supported");
}

}  // namespace

etllm::Result<Normalizers> make_normalizers(const Json& json) {
  Normalizers steps;
  if (json.is_null()) return steps;
  const etllm::Status appended = append_steps(json, steps);
  if (!appended.ok()) return appended;
  return steps;
}

}  // namespace tokenizers::pipeline
