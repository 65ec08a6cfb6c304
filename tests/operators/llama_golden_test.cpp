// The operators of stock programs against the answers of ExecuTorch's wheel,
// on every instruction set of the machine.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "operators/golden_cases.h"
#include "support/kernel_set_test.h"

namespace etllm::operators {
namespace {

/// The largest difference, relative to the largest expected number.
double difference(const std::vector<double>& actual,
                  const std::vector<double>& expected) {
  double largest = 1e-30;
  double most = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::fabs(expected[i]));
    const double one = std::fabs(actual[i] - expected[i]);
    most = std::isnan(one) ? INFINITY : std::max(most, one);
  }
  return most / largest;
}

class LlamaGoldens : public KernelSetTest {
 protected:
  /// Runs the cases of one operator.
  static void expect_goldens(const std::string& op) {
    std::size_t count = 0;
    for (const GoldenCase& golden : golden_cases()) {
      if (golden.op != op) continue;
      SCOPED_TRACE(golden.name);
      expect_golden(golden);
      ++count;
    }
    EXPECT_GT(count, 0u);
  }

 private:
  static void expect_golden(const GoldenCase& golden) {
    OperatorCall call = golden.call();
    ASSERT_EQ(call.run(golden.op), Error::Ok);
    for (std::size_t i = 0; i < golden.outputs.size(); ++i) {
      const TestTensor& expected = golden.outputs[i];
      const auto& out = call.tensor(golden.arguments.size() + i);
      ASSERT_TRUE(std::ranges::equal(out.sizes(), expected.sizes));
      EXPECT_LE(difference(numbers(out), numbers(expected)), golden.tolerance);
    }
    for (const auto& [index, expected] : golden.mutated) {
      EXPECT_EQ(numbers(call.tensor(index)), numbers(expected));
    }
  }
};

TEST_P(LlamaGoldens, CustomSdpa) { expect_goldens("llama::custom_sdpa.out"); }

TEST_P(LlamaGoldens, SdpaWithKvCache) {
  expect_goldens("llama::sdpa_with_kv_cache.out");
}

TEST_P(LlamaGoldens, CustomQuantizedSdpa) {
  expect_goldens("llama::custom_quantized_sdpa.out");
}

TEST_P(LlamaGoldens, UpdateCache) { expect_goldens("llama::update_cache.out"); }

TEST_P(LlamaGoldens, UpdateCacheWithIndices) {
  expect_goldens("llama::update_cache_with_indices.out");
}

TEST_P(LlamaGoldens, FastHadamardTransform) {
  expect_goldens("llama::fast_hadamard_transform.out");
}

TEST_P(LlamaGoldens, GatedDeltaRule) {
  expect_goldens("llama::gated_delta_rule.out");
}

TEST_P(LlamaGoldens, ChannelwiseGatedDeltaRule) {
  expect_goldens("llama::channelwise_gated_delta_rule.out");
}

TEST_P(LlamaGoldens, QuantizedMoeFfn) {
  expect_goldens("llama::quantized_moe_ffn.out");
}

TEST_P(LlamaGoldens, Fallback) { expect_goldens("llama::fallback.out"); }

TEST_P(LlamaGoldens, TileCrop) { expect_goldens("preprocess::tile_crop.out"); }

INSTANTIATE_TEST_SUITE_P(InstructionSets, LlamaGoldens, each_kernel_set(),
                         kernel_set_name);

TEST(LlamaGoldenCases, NameOnlyOperatorsThatAreRegistered) {
  register_operators();
  for (const GoldenCase& golden : golden_cases()) {
    EXPECT_TRUE(
        executorch::runtime::registry_has_op_function(golden.op.c_str()))
        << golden.op;
  }
}

}  // namespace
}  // namespace etllm::operators
