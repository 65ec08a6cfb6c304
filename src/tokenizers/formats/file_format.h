#pragma once

// How a tokenizer file becomes a pipeline.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "tokenizers/pipeline.h"

namespace tokenizers::pipeline {

/// A tokenizer as its file describes it.
struct LoadedPipeline {
  Pipeline pipeline;
  std::optional<Id> bos;
  std::optional<Id> eos;
};

/// A format of tokenizer files.
struct FileFormat {
  /// "a SentencePiece model", in messages.
  std::string_view name;
  /// Reads the content of a file. Messages do not name the file.
  std::function<etllm::Result<LoadedPipeline>(std::string_view content)> read;
};

}  // namespace tokenizers::pipeline
