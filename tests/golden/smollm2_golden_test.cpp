// The default model, imported, against transformers on the same dequantized
// weights: logits of the last prompt position, and every step of the greedy
// continuation. The goldens and their script are in this folder.

#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "importer/import.h"
#include "kernels/dispatch/select.h"
#include "operators/register.h"
#include "support/temporary_directory.h"

namespace etllm {
namespace {

using executorch::extension::Module;
using nlohmann::json;

constexpr std::int64_t kContextTokens = 1024;
constexpr std::int64_t kChunkTokens = 128;

/// How far a set of kernels may be from the oracle.
struct Tolerance {
  const char* kernels;
  /// Of the last prompt position's logits: norm of the difference divided by
  /// the norm of the oracle's.
  double logits;
  /// Two candidates whose logits the oracle holds closer than this are a tie.
  double tie;
};

/// The imported model with its position; runs tokens, gives logits.
class Decoder {
 public:
  explicit Decoder(const std::string& path)
      : module_(path, Module::LoadMode::Mmap) {}

  void reset() { position_ = 0; }

  /// Runs `tokens` after those of earlier calls; the view lasts to the next.
  std::span<const float> run(std::span<const std::int64_t> tokens) {
    std::span<const float> logits;
    while (!tokens.empty()) {
      const auto count = std::min<std::size_t>(tokens.size(), kChunkTokens);
      logits = run_chunk(tokens.first(count));
      tokens = tokens.subspan(count);
    }
    return logits;
  }

 private:
  std::span<const float> run_chunk(std::span<const std::int64_t> tokens) {
    std::vector<std::int64_t> chunk(tokens.begin(), tokens.end());
    const auto count = static_cast<executorch::aten::SizesType>(chunk.size());
    auto ids = executorch::extension::from_blob(
        chunk.data(), {1, count}, executorch::aten::ScalarType::Long);
    auto start = executorch::extension::from_blob(
        &position_, {1}, executorch::aten::ScalarType::Long);
    auto outputs = module_.forward({ids, start});
    if (!outputs.ok()) {
      ADD_FAILURE() << "forward failed";
      return {};
    }
    position_ += count;
    const auto logits = outputs->at(0).toTensor();
    return {logits.const_data_ptr<float>(),
            static_cast<std::size_t>(logits.numel())};
  }

  Module module_;
  std::int64_t position_ = 0;
};

/// Norm of the difference over the norm of the oracle, on the logits that the
/// golden holds: its largest ones and an even sample of the rest.
double logits_error(const json& golden, std::size_t stride,
                    std::span<const float> logits) {
  double difference = 0;
  double norm = 0;
  const auto add = [&](double expected, std::size_t id) {
    const double delta = static_cast<double>(logits[id]) - expected;
    difference += delta * delta;
    norm += expected * expected;
  };
  const auto& ids = golden["top_ids"];
  for (std::size_t i = 0; i < ids.size(); ++i) {
    add(golden["top_logits"][i], ids[i]);
  }
  const auto& sample = golden["sampled_logits"];
  for (std::size_t i = 0; i < sample.size(); ++i) add(sample[i], i * stride);
  return std::sqrt(difference / norm);
}

/// Whether `id` is the oracle's choice, or as good within `tie`.
bool is_golden_choice(const json& step, std::int64_t id, double tie) {
  const double best = step["logits"][0];
  for (std::size_t i = 0; i < step["ids"].size(); ++i) {
    if (step["ids"][i] == id) {
      return best - step["logits"][i].get<double>() <= tie;
    }
  }
  return false;
}

class SmolLM2Golden : public testing::TestWithParam<Tolerance> {
 protected:
  static void SetUpTestSuite() {
    if (std::string(ETLLM_DEFAULT_MODEL).empty()) return;
    std::ifstream in(ETLLM_SOURCE_DIR "/tests/golden/smollm2/greedy.json");
    goldens() = json::parse(in);
    directory() = std::make_unique<TemporaryDirectory>();
    importer::ImportOptions options;
    options.context_tokens = kContextTokens;
    options.prefill_chunk_tokens = kChunkTokens;
    const auto report =
        importer::import_model(ETLLM_DEFAULT_MODEL, model_path(), options);
    ASSERT_TRUE(report.ok()) << report.status().message();
    operators::register_operators();
  }
  static void TearDownTestSuite() { directory().reset(); }

  void SetUp() override {
    if (std::string(ETLLM_DEFAULT_MODEL).empty()) {
      GTEST_SKIP() << "the default model is not configured";
    }
    if (!kernels::select_kernels(GetParam().kernels).ok()) {
      GTEST_SKIP() << "this machine has no " << GetParam().kernels;
    }
  }
  void TearDown() override {
    EXPECT_TRUE(kernels::select_kernels("auto").ok());
  }

  /// Where the model is slow, under sanitizers and without vectors, the short
  /// prompts do.
  static std::vector<json> cases() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    constexpr bool kIsSanitized = true;
#else
    constexpr bool kIsSanitized = false;
#endif
    const bool is_slow =
        kIsSanitized || std::string(GetParam().kernels) == "portable";
    std::vector<json> selected;
    for (const json& golden : goldens()["cases"]) {
      if (is_slow && golden["prompt"].size() > 12) continue;
      selected.push_back(golden);
    }
    return selected;
  }

  static json& goldens() {
    static json value;
    return value;
  }
  static std::unique_ptr<TemporaryDirectory>& directory() {
    static std::unique_ptr<TemporaryDirectory> value;
    return value;
  }
  static std::string model_path() { return directory()->path() / "model.pte"; }
};

TEST_P(SmolLM2Golden, LogitsAndGreedyTokensAgreeWithTransformers) {
  const std::size_t stride = goldens()["sample_stride"];
  Decoder decoder(model_path());
  double worst_error = 0;
  int steps = 0;
  int ties = 0;
  for (const json& golden : cases()) {
    const auto prompt = golden["prompt"].get<std::vector<std::int64_t>>();
    SCOPED_TRACE("prompt of " + std::to_string(prompt.size()) + " tokens");
    decoder.reset();
    std::span<const float> logits = decoder.run(prompt);
    ASSERT_FALSE(logits.empty());
    const double error = logits_error(golden, stride, logits);
    EXPECT_LE(error, GetParam().logits);
    worst_error = std::max(worst_error, error);

    // Each step runs on the oracle's tokens, so that one tie does not hide
    // what follows it.
    for (const json& step : golden["steps"]) {
      const std::int64_t choice =
          std::max_element(logits.begin(), logits.end()) - logits.begin();
      const std::int64_t expected = step["ids"][0];
      EXPECT_TRUE(is_golden_choice(step, choice, GetParam().tie))
          << "chose " << choice << " instead of " << expected << " at step "
          << steps;
      ++steps;
      ties += choice != expected ? 1 : 0;
      logits = decoder.run(std::span(&expected, 1));
      ASSERT_FALSE(logits.empty());
    }
  }
  RecordProperty("worst_logits_error", std::to_string(worst_error));
  std::cout << GetParam().kernels << ": worst logits error " << worst_error
            << ", " << ties << " ties in " << steps << " steps\n";
}

INSTANTIATE_TEST_SUITE_P(Kernels, SmolLM2Golden,
                         testing::Values(Tolerance{"float", 1e-3, 0.02},
                                         Tolerance{"portable", 0.06, 0.6},
                                         Tolerance{"avx2", 0.06, 0.6},
                                         Tolerance{"avx512", 0.06, 0.6}),
                         [](const auto& info) {
                           return std::string(info.param.kernels);
                         });

}  // namespace
}  // namespace etllm
