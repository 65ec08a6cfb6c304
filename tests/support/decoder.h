#pragma once

#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace etllm {

/// An imported program and the position it has reached.
class Decoder {
 public:
  using LoadMode = executorch::extension::Module::LoadMode;

  explicit Decoder(const std::string& path, LoadMode load_mode = LoadMode::Mmap)
      : module_(path, load_mode) {}

  executorch::extension::Module& module() { return module_; }
  void reset() { position_ = 0; }

  /// Runs `tokens`, in calls of at most `chunk` of them, after those of
  /// earlier calls. The logits of the last one; empty when a call failed.
  std::vector<float> run(std::span<const std::int64_t> tokens,
                         std::size_t chunk) {
    std::vector<float> logits;
    while (!tokens.empty()) {
      const std::size_t count = std::min(tokens.size(), chunk);
      logits = run_chunk(tokens.first(count));
      if (logits.empty()) break;
      tokens = tokens.subspan(count);
    }
    return logits;
  }

 private:
  std::vector<float> run_chunk(std::span<const std::int64_t> tokens) {
    using executorch::aten::ScalarType;
    std::vector<std::int64_t> chunk(tokens.begin(), tokens.end());
    const auto count = static_cast<executorch::aten::SizesType>(chunk.size());
    auto ids = executorch::extension::from_blob(chunk.data(), {1, count},
                                                ScalarType::Long);
    auto start =
        executorch::extension::from_blob(&position_, {1}, ScalarType::Long);
    auto outputs = module_.forward({ids, start});
    if (!outputs.ok()) return {};
    position_ += count;
    const auto logits = outputs->at(0).toTensor();
    const auto* data = logits.const_data_ptr<float>();
    return {data, data + logits.numel()};
  }

  executorch::extension::Module module_;
  std::int64_t position_ = 0;
};

/// Norm of the difference over the norm of `expected`.
inline double relative_error(std::span<const float> actual,
                             std::span<const float> expected) {
  if (actual.size() != expected.size()) return HUGE_VAL;
  double difference = 0;
  double norm = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double delta = static_cast<double>(actual[i]) - expected[i];
    difference += delta * delta;
    norm += static_cast<double>(expected[i]) * expected[i];
  }
  return std::sqrt(difference / norm);
}

}  // namespace etllm
