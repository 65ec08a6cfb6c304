// The decoder inside of models that take pictures or sound.

#include "importer/huggingface/text_part.h"

#include <gtest/gtest.h>

namespace etllm::importer {
namespace {

TEST(TextPart, IsTheWholeOfAModelOfText) {
  const Json config = {{"model_type", "llama"}, {"hidden_size", 32}};
  const TextPart part = find_text_part(config);
  EXPECT_FALSE(part.is_inside);
  EXPECT_EQ(part.config, config);
}

TEST(TextPart, TakesFromTheWholeWhatItDoesNotSay) {
  const TextPart part = find_text_part(
      {{"model_type", "mistral3"},
       {"hidden_size", 8},
       {"tie_word_embeddings", false},
       {"text_config", {{"model_type", "mistral"}, {"hidden_size", 32}}}});
  EXPECT_TRUE(part.is_inside);
  EXPECT_EQ(part.config["model_type"], "mistral");
  EXPECT_EQ(part.config["hidden_size"], 32);
  EXPECT_EQ(part.config["tie_word_embeddings"], false);
  EXPECT_FALSE(part.config.contains("text_config"));
}

TEST(TextPart, IsNotThereWhereLaterTokensAreSeen) {
  const TextPart part =
      find_text_part({{"model_type", "paligemma"},
                      {"text_config", {{"model_type", "gemma"}}}});
  EXPECT_FALSE(part.is_inside);
  EXPECT_EQ(part.config["model_type"], "paligemma");
}

TEST(TextPart, HasOneNameForATensorWhoeverWroteIt) {
  for (const char* name :
       {"language_model.model.norm.weight", "model.language_model.norm.weight",
        "model.text_model.norm.weight", "model.norm.weight"}) {
    EXPECT_EQ(name_in_text_part(name), "model.norm.weight") << name;
  }
  EXPECT_EQ(name_in_text_part("language_model.lm_head.weight"),
            "lm_head.weight");
  EXPECT_EQ(name_in_text_part("lm_head.weight"), "lm_head.weight");
}

TEST(TextPart, LeavesTheOtherPartsOut) {
  for (const char* name :
       {"vision_tower.x.weight", "model.vision_tower.x.weight",
        "multi_modal_projector.linear_1.weight",
        "model.connector.modality_projection.proj.weight"}) {
    EXPECT_TRUE(is_outside_text_part(name)) << name;
  }
  EXPECT_FALSE(is_outside_text_part("model.language_model.norm.weight"));
  EXPECT_FALSE(is_outside_text_part("language_model.lm_head.weight"));
}

}  // namespace
}  // namespace etllm::importer
