#pragma once

// The way back: turns the pieces of a sequence into its text.

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "tokenizers/formats/tokenizer_json.h"

namespace tokenizers::pipeline {

/// Where a token of a stream stands.
struct StreamPosition {
  bool is_first;          ///< Nothing is in front of it.
  std::string previous;   ///< The piece in front of it; empty if first.
  bool is_fused = false;  ///< A step has joined the tokens of the sequence.
};

/// One step. Immutable; may be used from several threads.
class Decoder {
 public:
  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  virtual ~Decoder() = default;

  /// Rewrites the pieces of a whole sequence, to be joined in the end. Pieces
  /// may hold any bytes after a step that produces bytes.
  virtual etllm::Status decode(std::vector<std::string>& pieces) const = 0;

  /// Rewrites one piece of a stream. What depends on later pieces is left out.
  virtual etllm::Status decode_one(std::string& piece,
                                   StreamPosition& position) const = 0;
};

using Decoders = std::vector<std::unique_ptr<Decoder>>;

/// The steps that the field `decoder` of a file describes, sequences
/// flattened.
etllm::Result<Decoders> make_decoders(const Json& json);

}  // namespace tokenizers::pipeline
