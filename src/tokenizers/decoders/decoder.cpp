#include "tokenizers/decoders/decoder.h"

#include <array>
#include <string_view>

#include "tokenizers/decoders/bpe.h"
#include "tokenizers/decoders/byte_fallback.h"
#include "tokenizers/decoders/byte_level.h"
#include "tokenizers/decoders/ctc.h"
#include "tokenizers/decoders/fuse.h"
#include "tokenizers/decoders/metaspace.h"
#include "tokenizers/decoders/replace.h"
#include "tokenizers/decoders/strip.h"
#include "tokenizers/decoders/word_piece.h"
#include "tokenizers/formats/fields.h"

namespace tokenizers::pipeline {
namespace {

struct Kind {
  std::string_view type;
  etllm::Status (*append)(const Json& json, Decoders& steps);
};

constexpr std::array kKinds = {
    Kind{"BPEDecoder", &append_bpe_decoder},
    Kind{"CTC", &append_ctc_decoder},
    Kind{"ByteFallback", &append_byte_fallback_decoder},
    Kind{"ByteLevel", &append_byte_level_decoder},
    Kind{"Fuse", &append_fuse_decoder},
    Kind{"Metaspace", &append_metaspace_decoder},
    Kind{"Replace", &append_replace_decoder},
    Kind{"Strip", &append_strip_decoder},
    Kind{"WordPiece", &append_word_piece_decoder},
};

etllm::Status append_steps(const Json& json, Decoders& steps) {
  Fields fields(json, "decoder");
  const std::string type = fields.text("type");
  if (type == "Sequence") {
    for (const Json& step : fields.array("decoders")) {
      const etllm::Status appended = append_steps(step, steps);
      if (!appended.ok()) return appended;
    }
  }
  if (!fields.status().ok() || type == "Sequence") return fields.status();
  for (const Kind& kind : kKinds) {
    if (kind.type == type) return kind.append(json, steps);
  }
  return etllm::not_supported("the decoder '" + type + "' is not supported");
}

}  // namespace

etllm::Result<Decoders> make_decoders(const Json& json) {
  Decoders steps;
  const etllm::Status appended = append_steps(json, steps);
  if (!appended.ok()) return appended;
  return steps;
}

}  // namespace tokenizers::pipeline
