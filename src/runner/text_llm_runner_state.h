#pragma once

// What a TextLLMRunner remembers, shared by the files that implement it.

#include <executorch/extension/llm/runner/text_llm_runner.h>

#include <string>
#include <vector>

#include "engine/generation_loop.h"
#include "engine/model_metadata.h"
#include "engine/session.h"

namespace executorch::extension::llm {

struct TextLLMRunner::State {
  explicit State(const ::etllm::engine::MetadataMap& map)
      : metadata(::etllm::engine::ModelMetadata::from_map(map)) {}

  ::etllm::Result<::etllm::engine::ModelMetadata> metadata;
  std::string model_name;
  ::etllm::engine::Session session;
  /// The methods may be loaded when this is not.
  bool is_io_manager_loaded = true;

  // About the last call.
  std::vector<uint64_t> prompt_tokens;
  std::vector<uint64_t> generated_tokens;
  FinishReason finish_reason = FinishReason::None;
  std::string error_message;
};

/// One call of generate().
struct TextLLMRunner::Turn {
  const std::string& prompt;
  const GenerationConfig& config;
  const std::function<void(const std::string&)>& on_text;
  std::vector<uint64_t> prompt_tokens;
  int32_t max_new_tokens = 0;
};

}  // namespace executorch::extension::llm
