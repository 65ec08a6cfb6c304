// Inputs, statistics and small helpers of the public headers.

#include <executorch/extension/llm/runner/multimodal_input.h>
#include <executorch/extension/llm/runner/stats.h>
#include <executorch/extension/llm/runner/util.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace executorch::extension::llm {
namespace {

TEST(MultimodalInput, HoldsText) {
  MultimodalInput input = make_text_input("hello");
  EXPECT_EQ(input.get_type(), MultimodalInput::Type::TEXT);
  EXPECT_TRUE(input.is_text());
  EXPECT_FALSE(input.is_tokens());
  EXPECT_EQ(input.get_text(), "hello");
  EXPECT_EQ(input.try_get_tokens(), nullptr);
  EXPECT_THROW(input.get_tokens(), std::bad_variant_access);
  input.get_text() += "!";
  const MultimodalInput copy = input;
  EXPECT_EQ(*copy.try_get_text(), "hello!");
  EXPECT_EQ(std::move(input).get_text(), "hello!");
}

TEST(MultimodalInput, HoldsTokens) {
  MultimodalInput input = make_token_input({1, 2});
  EXPECT_EQ(input.get_type(), MultimodalInput::Type::TOKENS);
  EXPECT_TRUE(input.is_tokens());
  input.get_tokens().push_back(3);
  const MultimodalInput copy = input;
  EXPECT_EQ(copy.get_tokens(), (std::vector<uint64_t>{1, 2, 3}));
  EXPECT_EQ(copy.try_get_text(), nullptr);
  EXPECT_THROW(copy.get_text(), std::bad_variant_access);
}

Stats example() {
  Stats stats;
  stats.model_load_start_ms = 100;
  stats.model_load_end_ms = 300;
  stats.inference_start_ms = 1000;
  stats.prompt_eval_end_ms = 1500;
  stats.first_token_ms = 1600;
  stats.inference_end_ms = 2600;
  stats.num_prompt_tokens = 50;
  stats.num_generated_tokens = 21;
  return stats;
}

TEST(Stats, GivesRatesPerSecond) {
  EXPECT_DOUBLE_EQ(example().tokens_per_second(), 20.0);
  EXPECT_DOUBLE_EQ(example().prompt_tokens_per_second(), 100.0);
  EXPECT_EQ(example().time_to_first_token_ms(), 600);
}

TEST(Stats, GivesNoRateWithoutTokensOrTime) {
  EXPECT_EQ(Stats().tokens_per_second(), 0.0);
  EXPECT_EQ(Stats().prompt_tokens_per_second(), 0.0);
  EXPECT_EQ(Stats().time_to_first_token_ms(), 0);
  Stats one_token = example();
  one_token.num_generated_tokens = 1;
  EXPECT_EQ(one_token.tokens_per_second(), 0.0);
}

TEST(Stats, CanKeepTheLoadTimesWhenReset) {
  Stats stats = example();
  stats.on_sampling_begin();
  stats.on_sampling_end();
  stats.reset(/*keep_load_times=*/true);
  EXPECT_EQ(stats.model_load_end_ms, 300);
  EXPECT_EQ(stats.num_generated_tokens, 0);
  EXPECT_EQ(stats.aggregate_sampling_time_ms, 0);
  stats.reset();
  EXPECT_EQ(stats.model_load_end_ms, 0);
}

TEST(Stats, AreOneLineOfJson) {
  const std::string line = stats_to_json_string(example());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["prompt_tokens"], 50);
  EXPECT_EQ(json["generated_tokens"], 21);
  EXPECT_EQ(json["first_token_ms"], 1600);
  EXPECT_EQ(json["SCALING_FACTOR_UNITS_PER_SECOND"], 1000);
}

TEST(Stats, ArePrintedAsALineForObservers) {
  testing::internal::CaptureStdout();
  print_report(example());
  const std::string printed = testing::internal::GetCapturedStdout();
  EXPECT_EQ(printed,
            "PyTorchObserver " + stats_to_json_string(example()) + "\n");
}

TEST(Util, PrintsAPieceUnlessItIsALoneControlCharacter) {
  testing::internal::CaptureStdout();
  for (const char* piece : {"ab", "\n", "\x01", "", "c"}) safe_printf(piece);
  safe_printf(nullptr);
  std::fflush(stdout);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "ab\nc");
}

TEST(Util, KnowsHowMuchMemoryIsInUseNow) {
  constexpr size_t kMiB = size_t{1} << 20;
  const size_t before = get_rss_bytes();
  EXPECT_GT(before, kMiB);
  size_t with_block = 0;
  {
    const std::vector<char> block(64 * kMiB, 'x');
    with_block = get_rss_bytes();
    EXPECT_EQ(block.back(), 'x');
  }
  EXPECT_GT(with_block, before + 48 * kMiB);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(get_rss_bytes(), with_block - 48 * kMiB) << "not the peak";
#endif
}

TEST(Util, HasAClockThatNeverGoesBack) {
  const long before = time_in_ms();
  EXPECT_GE(time_in_ms(), before);
}

TEST(Util, FindsTheCompletePrefixOfUtf8) {
  EXPECT_EQ(utf8_complete_prefix_len("a\xC3\xA9"), 3U);
  EXPECT_EQ(utf8_complete_prefix_len("a\xC3"), 1U);
  EXPECT_EQ(utf8_complete_prefix_len("\xFF"), 1U);
}

TEST(Util, FindsWhatCanBeDeliveredBeforeAStop) {
  bool hit = true;
  EXPECT_EQ(stop_safe_prefix_len("abcE", {"END"}, hit), 2U);
  EXPECT_FALSE(hit);
  EXPECT_EQ(stop_safe_prefix_len("abENDcd", {"cd", "END"}, hit), 2U);
  EXPECT_TRUE(hit);
  EXPECT_EQ(stop_safe_prefix_len("abc", {}, hit), 3U);
  EXPECT_FALSE(hit);
  EXPECT_EQ(stop_safe_prefix_len("abc", {""}, hit), 3U);
  EXPECT_FALSE(hit);
}

TEST(Util, ConvertsFloatsToBfloat16) {
  const auto source = make_tensor_ptr({1, 2}, std::vector<float>{1.0F, -2.5F});
  const auto converted = convert_to_bfloat16(source);
  ASSERT_TRUE(converted.ok());
  EXPECT_EQ((*converted)->scalar_type(), aten::ScalarType::BFloat16);
  const auto* data = (*converted)->const_data_ptr<aten::BFloat16>();
  EXPECT_EQ(static_cast<float>(data[0]), 1.0F);
  EXPECT_EQ(static_cast<float>(data[1]), -2.5F);
  EXPECT_EQ(convert_to_bfloat16(make_tensor_ptr({1}, std::vector<int64_t>{1}))
                .error(),
            runtime::Error::InvalidArgument);
  EXPECT_EQ(convert_to_bfloat16(nullptr).error(),
            runtime::Error::InvalidArgument);
}

}  // namespace
}  // namespace executorch::extension::llm
