#pragma once

// How the authors of a model want its tokens chosen, as the model's file says.

#include <cstdint>
#include <optional>
#include <string_view>

namespace etllm::cli {

/// Absent where the file does not say, or says what cannot be.
struct ModelSampling {
  std::optional<float> temperature;  ///< 0 always takes the likeliest token.
  std::optional<std::int32_t> top_k;
  std::optional<float> top_p;
  std::optional<float> min_p;
  std::optional<float> repetition_penalty;
};

/// Reads the member `sampling` of a model's description (etllm.json); what is
/// no such text gives nothing.
ModelSampling read_model_sampling(std::string_view description_json);

}  // namespace etllm::cli
