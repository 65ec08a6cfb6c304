// Descriptions of architectures: what values mean, what people may get wrong,
// and decoders that nobody has built in.

#include "importer/architectures/description.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "importer/architectures/architecture.h"
#include "importer/architectures/expression.h"
#include "importer/gguf_bytes.h"
#include "importer/import.h"
#include "support/temporary_directory.h"

namespace etllm::importer {
namespace {

class DescriptionTest : public testing::Test {
 protected:
  std::unique_ptr<ModelSource> open(const GgufBytes& bytes) {
    const std::string path = directory_.path() / "model.gguf";
    write_file(path, bytes.bytes());
    auto source = open_model(path);
    EXPECT_TRUE(source.ok()) << source.status().message();
    return source.ok() ? std::move(*source) : nullptr;
  }

  Result<DecoderModel> read(const GgufBytes& bytes,
                            const std::string& description) {
    const std::string path = directory_.path() / "my.json";
    write_file(path, description);
    source_ = open(bytes);
    return read_decoder_model(*source_, path);
  }

  void expect_refusal(const std::string& description, const std::string& says) {
    const auto model = read(tiny_llama(), description);
    ASSERT_FALSE(model.ok()) << description;
    EXPECT_NE(model.status().message().find(says), std::string::npos)
        << model.status().message();
  }

  TemporaryDirectory directory_;
  std::unique_ptr<ModelSource> source_;
};

TEST_F(DescriptionTest, EveryFamilyOfTheLibraryIsComplete) {
  const auto source = open(tiny_llama());
  for (const BuiltInDescription& family : built_in_descriptions()) {
    const std::string path = directory_.path() / "family.json";
    write_file(path, family.text);
    const auto description = find_description(*source, path);
    ASSERT_TRUE(description.ok()) << description.status().message();
    EXPECT_EQ((*description)["family"], Json(family.family));
  }
}

TEST_F(DescriptionTest, ChangesWhatItSaysAndKeepsTheRest) {
  const auto model = read(tiny_llama(),
                          R"({"like": "llama", "attention": {"scale": 0.125},
          "mlp": {"activation": "relu2"}, "residual": {"scale": 0.5}})");
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model->architecture, "llama");
  EXPECT_EQ(model->layers[0].attention.scale, 0.125);
  EXPECT_EQ(model->activation, kernels::ActivationFunction::kReluSquared);
  EXPECT_EQ(model->residual_scale, 0.5F);
  EXPECT_EQ(model->shape.kv_heads, 1U);
}

TEST_F(DescriptionTest, NamesTheTensorsOfADecoderOfItsOwn) {
  GgufBytes bytes = tiny_llama();
  bytes.set_string("general.architecture", "mine");
  for (const char* key : {"block_count", "embedding_length", "context_length",
                          "attention.head_count", "feed_forward_length"}) {
    bytes.set_u32("mine." + std::string(key), 4);
  }
  bytes.set_u32("mine.block_count", 1);
  bytes.set_u32("mine.feed_forward_length", 5);
  bytes.set_u32("mine.attention.head_count", 2);
  bytes.set_u32("mine.attention.head_count_kv", 1);
  bytes.erase_tensor("blk.0.ffn_down.weight");
  bytes.set_f32_tensor("block0/down", {5, 4});
  const std::string description =
      R"({"family": "mine", "norms": {"epsilon": 1e-5},
          "tensors": {"gguf": {"layer": ["blk.{layer}.", "block{layer}/"],
                               "down": "down"}}})";
  const auto model = read(bytes, description);
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model->architecture, "mine");
  EXPECT_EQ(model->layers[0].mlp->down.weight.tensor->name, "block0/down");
}

TEST_F(DescriptionTest, ThatIsWrongIsRefusedWithASentence) {
  expect_refusal("[1]", "my.json");
  expect_refusal("{", "no JSON object");
  expect_refusal(R"({"atention": {}})", "'atention'");
  expect_refusal(R"({"attention": {"scales": 1}})", "'attention.scales'");
  expect_refusal(R"({"tensors": {"gguf": {"quary": "q"}}})",
                 "'tensors.gguf.quary'");
  expect_refusal(R"({"rope": {"theeta": 1}})", "'rope.theeta'");
  expect_refusal(R"({"rope": 5})", "'rope'");
  expect_refusal(R"({"attention": 5})", "'attention'");
  expect_refusal(R"({"like": "unicorn"})", "unicorn");
  expect_refusal(R"({"norms": {"kind": "strange"}})", "'strange'");
  expect_refusal(R"({"mlp": {"activation": "tan"}})", "'tan'");
  expect_refusal(R"({"sizes": {"layers": {"root": [1, 2]}}})", "'root'");
  expect_refusal(R"({"sizes": {"layers": {"sum": [1]}}})", "'sum'");
  expect_refusal(R"({"sizes": {"layers": "$hidden"}})", "'$hidden'");
  expect_refusal(R"({"sizes": {"layers": 1.5}})", "'layers'");
  expect_refusal(R"({"sizes": {"layers": "layer_count"}})",
                 "llama.layer_count");
  expect_refusal(R"({"refuse": {"context_length": "contexts"}})", "contexts");
  expect_refusal(std::string(100'000, '['), "nests too deep");
}

TEST_F(DescriptionTest, OfAnUnknownArchitectureIsAskedFor) {
  GgufBytes bytes = tiny_llama();
  bytes.set_string("general.architecture", "mamba");
  const auto source = open(bytes);
  const auto model = read_decoder_model(*source);
  ASSERT_FALSE(model.ok());
  EXPECT_EQ(model.status().code(), StatusCode::kNotSupported);
  for (const char* says : {"'mamba'", "llama", "gpt2", "--description"}) {
    EXPECT_NE(model.status().message().find(says), std::string::npos)
        << model.status().message();
  }
}

TEST_F(DescriptionTest, InTheFolderOfAModelIsUsed) {
  const std::filesystem::path folder = directory_.path() / "model";
  std::filesystem::copy(ETLLM_SOURCE_DIR "/tests/golden/families/gpt2", folder);
  Json config = Json::parse(read_file(folder / "config.json"));
  config["model_type"] = "mine";
  write_file(folder / "config.json", config.dump());
  const auto unknown = open_model(folder);
  ASSERT_TRUE(unknown.ok()) << unknown.status().message();
  EXPECT_EQ(read_decoder_model(**unknown).status().code(),
            StatusCode::kNotSupported);
  write_file(folder / "etllm_architecture.json",
             R"({"family": "mine", "like": "gpt2"})");
  const auto source = open_model(folder);
  ASSERT_TRUE(source.ok()) << source.status().message();
  const auto model = read_decoder_model(**source);
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model->architecture, "mine");
  EXPECT_TRUE(model->ropes.empty());
}

/// Values of a configuration with a list for three layers.
class ExpressionTest : public DescriptionTest {
 protected:
  ExpressionTest() {
    GgufBytes bytes = tiny_llama();
    bytes.set("llama.kinds", raw<std::uint32_t>(9) + raw<std::uint32_t>(8) +
                                 raw<std::uint64_t>(3) + raw_string("near") +
                                 raw_string("far") + raw_string("near"));
    bytes.set_u32("llama.zero", 0);
    source_ = open(bytes);
    expressions_.emplace(*source_);
    expressions_->define("hidden", 4);
  }

  std::string text_of(const char* expression,
                      int layer = Expressions::kNoLayer) {
    const auto value = expressions_->evaluate(Json::parse(expression), layer);
    return value ? value->dump() : "absent";
  }

  std::optional<Expressions> expressions_;
};

TEST_F(ExpressionTest, LooksUpWritesDownAndCalculates) {
  EXPECT_EQ(text_of("7"), "7");
  EXPECT_EQ(text_of(R"("=word")"), R"("word")");
  EXPECT_EQ(text_of(R"("embedding_length")"), "4");
  EXPECT_EQ(text_of(R"("missing")"), "absent");
  EXPECT_EQ(text_of(R"(["missing", "block_count", 9])"), "1");
  EXPECT_EQ(text_of(R"({"product": [3, "$hidden"]})"), "12.0");
  EXPECT_EQ(text_of(R"({"ratio": [3, "missing"]})"), "absent");
  EXPECT_EQ(text_of(R"({"inverse_sqrt": "$hidden"})"), "0.5");
  EXPECT_EQ(text_of(R"({"if": ["zero", 1, 2]})"), "2");
  EXPECT_EQ(text_of(R"({"if": ["missing", 1, 2]})"), "2");
  EXPECT_EQ(text_of(R"({"if": ["block_count", 1, 2]})"), "1");
  EXPECT_TRUE(expressions_->status().ok());
}

TEST_F(ExpressionTest, TakesListsLayerByLayer) {
  EXPECT_EQ(text_of(R"({"is": ["kinds", "=far"]})", 0), "false");
  EXPECT_EQ(text_of(R"({"is": ["kinds", "=far"]})", 1), "true");
  EXPECT_EQ(text_of(R"({"every": 3})", 2), "true");
  EXPECT_EQ(text_of(R"({"every": 3})", 3), "false");
  EXPECT_EQ(text_of(R"({"not": {"less": ["$layer", 2]}})", 2), "true");
  EXPECT_TRUE(expressions_->status().ok());
  EXPECT_EQ(text_of(R"("kinds")", 3), "absent");
  EXPECT_NE(expressions_->status().message().find("3 entries"),
            std::string::npos);
}

TEST_F(ExpressionTest, RefusesAListThatDiffersWhereLayersMustNot) {
  EXPECT_EQ(text_of(R"("kinds")"), "absent");
  EXPECT_NE(expressions_->status().message().find("differs between layers"),
            std::string::npos);
}

}  // namespace
}  // namespace etllm::importer
