#include "importer/tensor_quantization.h"

#include <gtest/gtest.h>

namespace etllm::importer {
namespace {

TEST(Glob, MatchesWholeNames) {
  EXPECT_TRUE(matches_glob("", ""));
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("*", "layers.0.down"));
  EXPECT_TRUE(matches_glob("layers.0.down", "layers.0.down"));
  EXPECT_TRUE(matches_glob("*.down", "layers.11.down"));
  EXPECT_TRUE(matches_glob("layers.?.*", "layers.7.attention.query"));
  EXPECT_TRUE(matches_glob("*a*b*c", "xxaxbxxbxc"));
  EXPECT_TRUE(matches_glob("layers.[0-3].*", "layers.2.up"));
  EXPECT_TRUE(matches_glob("layers.[!0-3].up", "layers.4.up"));
  EXPECT_TRUE(matches_glob("[ab", "[ab"));
  EXPECT_FALSE(matches_glob("layers.?.*", "layers.17.up"));
  EXPECT_FALSE(matches_glob("down", "layers.0.down"));
  EXPECT_FALSE(matches_glob("layers", "layers.0"));
  EXPECT_FALSE(matches_glob("layers.[013].up", "layers.2.up"));
  EXPECT_FALSE(matches_glob("", "a"));
  EXPECT_FALSE(matches_glob("?", ""));
}

TEST(Glob, TakesNoMoreThanQuadraticTime) {
  const std::string text(2'000, 'a');
  EXPECT_FALSE(matches_glob("*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

TEST(TensorQuantization, IsAPatternAndAType) {
  const auto parsed = parse_tensor_quantization("*.down=q8");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->pattern, "*.down");
  EXPECT_EQ(parsed->quantization, Quantization::kQ8);
  for (const char* text : {"", "q8", "=q8", "down=", "down=q3"}) {
    EXPECT_FALSE(parse_tensor_quantization(text)) << text;
  }
}

TEST(QuantizationChoice, LetsTheLastMatchCount) {
  QuantizationChoice choice(
      Quantization::kQ4,
      {{"*.down", Quantization::kQ8}, {"layers.0.*", Quantization::kF16}});
  EXPECT_EQ(choice.exception_for("layers.1.down"), Quantization::kQ8);
  EXPECT_EQ(choice.exception_for("layers.1.up"), std::nullopt);
  const Status unused = choice.check_all_used();
  EXPECT_EQ(unused.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(unused.message().find("'layers.0.*'"), std::string::npos);
  EXPECT_NE(unused.message().find("layers.1.up"), std::string::npos);
  EXPECT_EQ(choice.exception_for("layers.0.down"), Quantization::kF16);
  EXPECT_TRUE(choice.check_all_used().ok());
}

}  // namespace
}  // namespace etllm::importer
