#include "tokenizers/post_processors/post_processor.h"

#include <array>
#include <string>
#include <string_view>

#include "tokenizers/formats/fields.h"
#include "tokenizers/post_processors/bert_processing.h"
#include "tokenizers/post_processors/template_processing.h"

namespace tokenizers::pipeline {
namespace {

/// ByteLevel only moves offsets, which we do not keep.
etllm::Status leave_as_it_is(const Json& /*json*/, SequenceFrame& /*frame*/) {
  return {};
}

struct Kind {
  std::string_view type;
  etllm::Status (*extend)(const Json& json, SequenceFrame& frame);
};

constexpr std::array kKinds = {
    Kind{"BertProcessing", &extend_by_bert_processing},
    Kind{"ByteLevel", &leave_as_it_is},
    Kind{"RobertaProcessing", &extend_by_bert_processing},
    Kind{"TemplateProcessing", &extend_by_template_processing},
};

etllm::Status extend_frame(const Json& json, SequenceFrame& frame) {
  Fields fields(json, "post_processor");
  const std::string type = fields.text("type");
  if (type == "Sequence") {
    for (const Json& step : fields.array("processors")) {
      const etllm::Status extended = extend_frame(step, frame);
      if (!extended.ok()) return extended;
    }
  }
  if (!fields.status().ok() || type == "Sequence") return fields.status();
  for (const Kind& kind : kKinds) {
    if (kind.type == type) return kind.extend(json, frame);
  }
  return etllm::not_supported("the post-processor '" + type +
                              "' is not supported");
}

}  // namespace

etllm::Result<SequenceFrame> make_sequence_frame(const Json& json) {
  SequenceFrame frame;
  if (json.is_null()) return frame;
  const etllm::Status extended = extend_frame(json, frame);
  if (!extended.ok()) return extended;
  return frame;
}

}  // namespace tokenizers::pipeline
