// Imports of folders as a whole: what the program says afterwards.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/model_assets.h"
#include "importer/gguf_bytes.h"
#include "importer/import.h"
#include "program/program_summary.h"
#include "support/temporary_directory.h"

namespace etllm::importer {
namespace {

namespace fs = std::filesystem;

class ImportFolder : public testing::Test {
 protected:
  void SetUp() override {
    fs::copy(ETLLM_SOURCE_DIR "/tests/golden/families/llama3_1", input_);
  }

  Result<ImportReport> import(const ImportOptions& options = {}) {
    return import_model(input_, output_, options);
  }
  void put(const std::string& name, const std::string& text) {
    write_file(input_ / name, text);
  }
  /// The format of a weight in the imported program.
  std::int64_t format_of(const std::string& name) {
    const auto summary = program::summarize_program(output_);
    EXPECT_TRUE(summary.ok());
    for (const auto& constant : summary->methods.at(0).constants) {
      if (constant.name == name) return constant.weight_format.value_or(-1);
    }
    ADD_FAILURE() << "no weight " << name;
    return -1;
  }

  TemporaryDirectory directory_;
  const fs::path input_ = directory_.path() / "Tiny-1.5B";
  const std::string output_ = directory_.path() / "model.pte";
};

TEST_F(ImportFolder, CarriesTheSamplingDefaults) {
  put("generation_config.json",
      R"({"do_sample": true, "temperature": 0.6, "top_k": 20})");
  const auto report = import();
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->model_name, "Tiny-1.5B");
  const auto assets = engine::read_model_assets(output_);
  ASSERT_TRUE(assets.ok()) << assets.status().message();
  const auto sampling =
      nlohmann::json::parse(*assets->description_json).at("sampling");
  EXPECT_EQ(sampling, (nlohmann::json{{"temperature", 0.6}, {"top_k", 20}}));
}

TEST_F(ImportFolder, CarriesATokenizerOfAnotherKind) {
  const std::string tiny = ETLLM_SOURCE_DIR "/tests/golden/families/tinyllama/";
  const auto report = import_model(tiny, output_, {});
  ASSERT_TRUE(report.ok()) << report.status().message();
  const auto assets = engine::read_model_assets(output_);
  ASSERT_TRUE(assets.ok());
  EXPECT_EQ(assets->tokenizer, read_file(tiny + "tokenizer.model"));
  ASSERT_TRUE(assets->tokenizer_config);
  EXPECT_TRUE(
      nlohmann::json::parse(*assets->tokenizer_config).contains("bos_token"));
}

TEST_F(ImportFolder, GivesSingleTensorsAnotherType) {
  ImportOptions options;
  options.quantization = Quantization::kF16;
  options.tensor_quantizations = {{"layers.*", Quantization::kBF16},
                                  {"layers.1.mlp.down", Quantization::kF32}};
  const auto report = import(options);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(format_of("embedding"), 1);
  EXPECT_EQ(format_of("layers.0.mlp.down.weight"), 2);
  EXPECT_EQ(format_of("layers.1.mlp.down.weight"), 0);
}

TEST_F(ImportFolder, RefusesAPatternThatMatchesNothing) {
  ImportOptions options;
  options.tensor_quantizations = {{"layer.*", Quantization::kQ8}};
  const auto report = import(options);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(report.status().message().find("'layer.*'"), std::string::npos);
  EXPECT_FALSE(fs::exists(output_));
}

/// A tokenizer.json of byte-level BPE without merges: "a" and one more token.
std::string tokenizer_with(int id, int added_id) {
  nlohmann::json tokenizer = {
      {"version", "1.0"},
      {"normalizer", nullptr},
      {"pre_tokenizer", nullptr},
      {"post_processor", nullptr},
      {"decoder", nullptr},
      {"model", {{"type", "BPE"}, {"merges", nlohmann::json::array()}}}};
  auto& vocabulary = tokenizer["model"]["vocab"];
  for (int i = 0; i < added_id; ++i) vocabulary["t" + std::to_string(i)] = i;
  if (id >= added_id) vocabulary["late"] = id;
  tokenizer["added_tokens"] = {{{"id", added_id},
                                {"content", "<picture>"},
                                {"single_word", false},
                                {"lstrip", false},
                                {"rstrip", false},
                                {"normalized", false},
                                {"special", true}}};
  return tokenizer.dump();
}

// The model of these has 72 embeddings.
TEST_F(ImportFolder, RefusesATokenizerWithMoreTokensThanEmbeddings) {
  put("tokenizer.json", tokenizer_with(72, 72));
  const auto report = import();
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.status().code(), StatusCode::kInvalidData);
  EXPECT_NE(report.status().message().find("73 tokens, the model 72"),
            std::string::npos)
      << report.status().message();
  EXPECT_FALSE(fs::exists(output_));
}

TEST_F(ImportFolder, TakesAnAddedTokenThatTheModelLacks) {
  put("tokenizer.json", tokenizer_with(0, 72));
  put("generation_config.json", R"({"eos_token_id": [1, 72]})");
  for (const char* name :
       {"tokenizer_config.json", "special_tokens_map.json"}) {
    put(name, "{}");
  }
  const auto report = import();
  ASSERT_TRUE(report.ok()) << report.status().message();
}

TEST_F(ImportFolder, RefusesABeginningThatTheModelLacks) {
  put("tokenizer.json", tokenizer_with(0, 72));
  put("tokenizer_config.json", R"({"bos_token": "<picture>"})");
  const auto report = import();
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.status().message().find("begins with token 72"),
            std::string::npos)
      << report.status().message();
}

TEST_F(ImportFolder, NeverReplacesAFileOfTheFolder) {
  const std::string shard = input_ / "model-00001-of-00004.safetensors";
  const std::string before = read_file(shard);
  const auto report = import_model(input_, shard, {});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(read_file(shard), before);
}

}  // namespace
}  // namespace etllm::importer
