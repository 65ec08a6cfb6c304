// The perplexity of a text with the default model, imported, against
// transformers on the same dequantized weights; the golden and its script are
// in this folder.

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluation/evaluate.h"
#include "evaluation/model_logits.h"
#include "importer/import.h"
#include "support/temporary_directory.h"

namespace etllm::evaluation {
namespace {

using nlohmann::json;

class PerplexityGolden : public testing::Test {
 protected:
  void SetUp() override {
    if (std::string(ETLLM_DEFAULT_MODEL).empty()) {
      GTEST_SKIP() << "the default model is not configured";
    }
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers slow the model down thirtyfold";
#endif
    std::ifstream in(ETLLM_SOURCE_DIR "/tests/golden/smollm2/perplexity.json");
    golden_ = json::parse(in);
  }

  std::unique_ptr<ModelLogits> open(importer::KvType kv_type,
                                    const std::string& kernels) {
    importer::ImportOptions options;
    options.context_tokens = 512;
    options.kv_type = kv_type;
    const std::string path = directory_.path() / "model.pte";
    const auto report =
        importer::import_model(ETLLM_DEFAULT_MODEL, path, options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    auto model = ModelLogits::open({.path = path, .kernels = kernels});
    EXPECT_TRUE(model.ok()) << model.status().message();
    return model.ok() ? *std::move(model) : nullptr;
  }

  /// Evaluates the golden's text in each of its ways to cut it.
  void expect_perplexities(ModelLogits& model, double tolerance) {
    EvaluationText text;
    text.tokens = golden_["ids"].get<std::vector<std::uint64_t>>();
    for (const json& expected : golden_["windows"]) {
      SCOPED_TRACE(expected.dump());
      text.bos.reset();
      if (!expected["bos"].is_null()) text.bos = expected["bos"];
      const auto plan =
          plan_windows(text.tokens.size(), expected["window"], std::nullopt);
      ASSERT_TRUE(plan.ok()) << plan.status().message();
      const auto scores = evaluate({model}, text, *plan);
      ASSERT_TRUE(scores.ok()) << scores.status().message();
      EXPECT_EQ(scores->losses.count(), expected["tokens"]);
      const Estimate found = exponential_of(scores->losses.estimate());
      const double perplexity = expected["perplexity"];
      const double uncertainty = expected["uncertainty"];
      EXPECT_NEAR(found.value / perplexity, 1, tolerance);
      EXPECT_NEAR(found.uncertainty / uncertainty, 1, 10 * tolerance);
    }
  }

  TemporaryDirectory directory_;
  json golden_;
};

TEST_F(PerplexityGolden, OfFloatKernelsIsThatOfTransformers) {
  const auto model = open(importer::KvType::kF32, "float");
  ASSERT_NE(model, nullptr);
  expect_perplexities(*model, 2e-4);
}

TEST_F(PerplexityGolden, OfTheKernelsOfThisMachineIsClose) {
  const auto model = open(importer::KvType::kF16, "auto");
  ASSERT_NE(model, nullptr);
  expect_perplexities(*model, 1e-2);
}

}  // namespace
}  // namespace etllm::evaluation
