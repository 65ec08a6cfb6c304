// The default model, imported, against transformers on the same dequantized
// weights: logits of the last prompt position, and every step of the greedy
// continuation. The goldens and their script are in this folder.

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
#include "support/decoder.h"
#include "support/temporary_directory.h"

namespace etllm {
namespace {

using nlohmann::json;

constexpr std::uint32_t kContextTokens = 1024;
constexpr std::uint32_t kChunkTokens = 512;

/// How far a set of kernels may be from the oracle.
struct Tolerance {
  const char* name;
  const char* kernels;
  importer::KvType kv_type;
  /// Of the last prompt position's logits: norm of the difference divided by
  /// the norm of the oracle's.
  double logits;
  /// Two candidates whose logits the oracle holds closer than this are a tie.
  double tie;
  /// Longer prompts are left out, where kernels are slow or there is nothing
  /// more to learn.
  std::size_t max_prompt_tokens;
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

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Sanitizers slow the model down thirtyfold.
constexpr std::size_t kMaxPromptTokens = 13;
constexpr std::size_t kMaxSteps = 2;
#else
constexpr std::size_t kMaxPromptTokens = kContextTokens;
constexpr std::size_t kMaxSteps = 32;
#endif

class SmolLM2Golden : public testing::TestWithParam<Tolerance> {
 protected:
  static void SetUpTestSuite() {
    if (std::string(ETLLM_DEFAULT_MODEL).empty()) return;
    std::ifstream in(ETLLM_SOURCE_DIR "/tests/golden/smollm2/greedy.json");
    goldens() = json::parse(in);
    directory() = std::make_unique<TemporaryDirectory>();
    operators::register_operators();
    for (const auto kv_type :
         {importer::KvType::kF16, importer::KvType::kF32}) {
      importer::ImportOptions options;
      options.context_tokens = kContextTokens;
      options.prefill_chunk_tokens = kChunkTokens;
      options.kv_type = kv_type;
      const auto report = importer::import_model(ETLLM_DEFAULT_MODEL,
                                                 model_path(kv_type), options);
      ASSERT_TRUE(report.ok()) << report.status().message();
    }
  }
  static void TearDownTestSuite() { directory().reset(); }

  void SetUp() override {
    if (std::string(ETLLM_DEFAULT_MODEL).empty()) {
      GTEST_SKIP() << "the default model is not configured";
    }
    if (!kernels::select_kernels(GetParam().kernels).ok()) {
      GTEST_SKIP() << "this machine has no " << GetParam().kernels;
    }
    decoder_ = std::make_unique<Decoder>(model_path(GetParam().kv_type));
  }
  void TearDown() override {
    EXPECT_TRUE(kernels::select_kernels("auto").ok());
  }

  /// The cases that the kernels get through in a few seconds.
  static std::vector<json> cases(std::size_t limit = kMaxPromptTokens) {
    limit = std::min({limit, kMaxPromptTokens, GetParam().max_prompt_tokens});
    std::vector<json> selected;
    for (const json& golden : goldens()["cases"]) {
      if (golden["prompt"].size() <= limit) selected.push_back(golden);
    }
    return selected;
  }

  std::vector<float> run(std::span<const std::int64_t> tokens,
                         std::size_t chunk = kChunkTokens) {
    auto logits = decoder_->run(tokens, chunk);
    EXPECT_EQ(logits.size(), 49'152U);
    logits.resize(49'152);
    return logits;
  }

  /// Follows the oracle's continuation, so that one tie does not hide what
  /// comes after it; counts the choices that differ from its.
  int expect_golden_steps(const json& golden, std::vector<float> logits) {
    int ties = 0;
    const std::size_t count = std::min(golden["steps"].size(), kMaxSteps);
    for (std::size_t i = 0; i < count; ++i) {
      const json& step = golden["steps"][i];
      const std::int64_t choice =
          std::max_element(logits.begin(), logits.end()) - logits.begin();
      const std::int64_t expected = step["ids"][0];
      EXPECT_TRUE(is_golden_choice(step, choice, GetParam().tie))
          << "chose " << choice << " instead of " << expected << " at step "
          << i;
      ties += choice != expected ? 1 : 0;
      logits = run(std::span(&expected, 1));
    }
    return ties;
  }

  static json& goldens() {
    static json value;
    return value;
  }
  static std::unique_ptr<TemporaryDirectory>& directory() {
    static std::unique_ptr<TemporaryDirectory> value;
    return value;
  }
  static std::string model_path(importer::KvType kv_type) {
    return directory()->path() /
           (kv_type == importer::KvType::kF16 ? "f16.pte" : "f32.pte");
  }

  std::unique_ptr<Decoder> decoder_;
};

TEST_P(SmolLM2Golden, LogitsAndGreedyTokensAgreeWithTransformers) {
  const std::size_t stride = goldens()["sample_stride"];
  double worst_error = 0;
  int ties = 0;
  for (const json& golden : cases()) {
    const auto prompt = golden["prompt"].get<std::vector<std::int64_t>>();
    SCOPED_TRACE("prompt of " + std::to_string(prompt.size()) + " tokens");
    decoder_->reset();
    const std::vector<float> logits = run(prompt);
    const double error = logits_error(golden, stride, logits);
    EXPECT_LE(error, GetParam().logits);
    worst_error = std::max(worst_error, error);
    ties += expect_golden_steps(golden, logits);
  }
  RecordProperty("worst_logits_error", std::to_string(worst_error));
  RecordProperty("ties", ties);
}

TEST_P(SmolLM2Golden, ChunkedPrefillGivesTheLogitsOfOneChunk) {
  // The longest prompt that is quickly run token by token.
  const std::vector<json> short_cases = cases(150);
  const auto prompt =
      short_cases.back()["prompt"].get<std::vector<std::int64_t>>();
  const std::vector<float> whole = run(prompt);
  for (const std::size_t chunk : {1, 3, 16, 50, 148}) {
    SCOPED_TRACE("chunks of " + std::to_string(chunk));
    decoder_->reset();
    const double error = relative_error(run(prompt, chunk), whole);
    // A unit for products of matrices leaves single tokens to the vectors.
    const bool has_single_tokens = prompt.size() % chunk == 1 || chunk == 1;
    if (kernels::active_kernels().tiles != nullptr && has_single_tokens) {
      EXPECT_LE(error, GetParam().logits);
    } else {
      // To the last bit: every token is computed alike, whatever it came with.
      EXPECT_EQ(error, 0.0);
    }
  }
}

constexpr auto kF16 = importer::KvType::kF16;
constexpr auto kF32 = importer::KvType::kF32;

INSTANTIATE_TEST_SUITE_P(
    Kernels, SmolLM2Golden,
    testing::Values(
        Tolerance{"float", "float", kF32, 2e-5, 1e-3, 900},
        Tolerance{"float_f16_cache", "float", kF16, 1.5e-3, 0.02, 50},
        Tolerance{"portable", "portable", kF16, 0.07, 0.8, 9},
        Tolerance{"avx2", "avx2", kF16, 0.07, 0.8, 900},
        Tolerance{"avx_vnni", "avx_vnni", kF16, 0.07, 0.8, 900},
        Tolerance{"avx512", "avx512", kF16, 0.07, 0.8, 900},
        Tolerance{"amx", "amx", kF16, 0.07, 0.8, 900},
        Tolerance{"neon_dotprod", "neon_dotprod", kF16, 0.07, 0.8, 900},
        Tolerance{"neon_i8mm", "neon_i8mm", kF16, 0.07, 0.8, 900}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace etllm
