// Folders of Hugging Face's kind: weights, texts, and what is wrong with them.

#include "importer/huggingface/model_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "importer/mutator.h"
#include "importer/safetensors_bytes.h"
#include "importer/tensors/matrix_converter.h"
#include "support/temporary_directory.h"

namespace etllm::importer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIndex = "model.safetensors.index.json";

/// Ids: a 0, b 1, ab 2, <s> 3, </s> 4, <|im_end|> 5, <pad> 6.
constexpr const char* kTokenizer = R"({
  "version": "1.0",
  "added_tokens": [
    {"id": 3, "content": "<s>", "special": true},
    {"id": 4, "content": "</s>", "special": true},
    {"id": 5, "content": "<|im_end|>", "special": true},
    {"id": 6, "content": "<pad>", "special": false}],
  "normalizer": null, "pre_tokenizer": null, "post_processor": null,
  "decoder": null,
  "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2},
            "merges": [["a", "b"]]}})";

class ModelFolderTest : public testing::Test {
 protected:
  void SetUp() override {
    put("config.json", R"({"model_type": "llama"})");
    put("tokenizer.json", kTokenizer);
    SafetensorsBytes weights;
    weights.set_f32("one", {2, 3});
    weights.set("two", "BF16", {4}, "abcdefgh");
    put("model.safetensors", weights.bytes());
  }

  std::string folder() const { return directory_.path().string(); }
  std::string path(const std::string& name) const {
    return directory_.path() / name;
  }
  void put(const std::string& name, std::string_view text) {
    write_file(path(name), text);
  }
  void remove(const std::string& name) { fs::remove(path(name)); }

  /// Two files, and the index that lists what they have.
  void put_shards() {
    remove("model.safetensors");
    SafetensorsBytes first;
    first.set_f32("one", {2, 3});
    put("first.safetensors", first.bytes());
    SafetensorsBytes second;
    second.set_f32("two", {4});
    put("second.safetensors", second.bytes());
    put(kIndex, R"({"weight_map": {"one": "first.safetensors",
                                   "two": "second.safetensors"}})");
  }

  void expect_refusal(StatusCode code, const std::string& says) {
    const auto source = open_model(folder());
    ASSERT_FALSE(source.ok()) << says;
    expect_sentence(source.status(), code, says);
  }
  void expect_texts_refusal(StatusCode code, const std::string& says) {
    const auto texts = read_texts();
    ASSERT_FALSE(texts.ok()) << says;
    expect_sentence(texts.status(), code, says);
  }
  void expect_sentence(const Status& status, StatusCode code,
                       const std::string& says) {
    EXPECT_EQ(status.code(), code) << status.message();
    EXPECT_NE(status.message().find(says), std::string::npos)
        << status.message();
    EXPECT_NE(status.message().find(folder()), std::string::npos)
        << status.message();
  }

  Result<ModelTexts> read_texts() {
    const auto source = open_model(folder());
    if (!source.ok()) return source.status();
    return (*source)->read_texts();
  }
  ModelTexts texts() {
    auto texts = read_texts();
    EXPECT_TRUE(texts.ok()) << texts.status().message();
    return texts.ok() ? std::move(*texts) : ModelTexts{};
  }

  TemporaryDirectory directory_;
};

TEST_F(ModelFolderTest, HasTheTensorsOfItsFile) {
  const auto source = open_model(folder());
  ASSERT_TRUE(source.ok()) << source.status().message();
  EXPECT_EQ((*source)->kind(), SourceKind::kHuggingFace);
  EXPECT_EQ((*source)->config().at("model_type"), "llama");
  EXPECT_EQ((*source)->name(), directory_.path().filename());
  ASSERT_EQ((*source)->tensors().size(), 2U);
  const SourceTensor* one = (*source)->find_tensor("one");
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->type, GgmlType::kF32);
  EXPECT_EQ(one->shape_text(), "[2, 3]");
  EXPECT_EQ(one->data.size(), 24U);
  EXPECT_EQ((*source)->find_tensor("two")->type, GgmlType::kBF16);
  EXPECT_EQ((*source)->find_tensor("three"), nullptr);
}

TEST_F(ModelFolderTest, IsMeantByAFileInItToo) {
  for (const char* name : {"config.json", "model.safetensors"}) {
    const auto source = open_model(path(name));
    ASSERT_TRUE(source.ok()) << source.status().message();
    EXPECT_EQ((*source)->path(), folder());
  }
}

TEST_F(ModelFolderTest, HasTheTensorsOfAllShards) {
  put_shards();
  const auto source = open_model(folder());
  ASSERT_TRUE(source.ok()) << source.status().message();
  EXPECT_EQ((*source)->tensors().size(), 2U);
  EXPECT_EQ((*source)->find_tensor("two")->file->path(),
            path("second.safetensors"));
  EXPECT_EQ((*source)->format_text(), "safetensors x 2");
}

TEST_F(ModelFolderTest, HasANameInTheCacheOfTheHub) {
  const fs::path snapshot =
      directory_.path() / "models--owner--Some-Model-1.5B/snapshots/abc";
  fs::create_directories(snapshot);
  for (const char* name : {"config.json", "model.safetensors"}) {
    fs::copy(path(name), snapshot / name);
  }
  const auto source = open_model(snapshot);
  ASSERT_TRUE(source.ok()) << source.status().message();
  EXPECT_EQ((*source)->name(), "Some-Model-1.5B");
}

TEST_F(ModelFolderTest, NeedsAConfiguration) {
  put("config.json", "{\"a\":");
  expect_refusal(StatusCode::kInvalidData, "config.json' is not valid JSON");
  put("config.json", "[1]");
  expect_refusal(StatusCode::kInvalidData, "is not a JSON object");
  put("config.json",
      "{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}");
  expect_refusal(StatusCode::kInvalidData, "nested too deeply");
  put("config.json", "version https://git-lfs.github.com/spec/v1");
  expect_refusal(StatusCode::kInvalidData, "git lfs pull");
  remove("config.json");
  expect_refusal(StatusCode::kNotFound, "has no config.json");
}

TEST_F(ModelFolderTest, NeedsWeights) {
  remove("model.safetensors");
  expect_refusal(StatusCode::kNotFound, "has no 'model.safetensors'");
  put("pytorch_model.bin", "PK");
  expect_refusal(StatusCode::kNotSupported, "PyTorch's own files");
  put("a.safetensors", "");
  put("b.safetensors", "");
  expect_refusal(StatusCode::kNotFound, "has 2 safetensors files");
}

TEST_F(ModelFolderTest, SaysWhatIsWrongWithShards) {
  put_shards();
  const std::string index = read_file(path(kIndex));
  const auto with = [&](std::string from, const std::string& to) {
    std::string changed = index;
    changed.replace(changed.find(from), from.size(), to);
    put(kIndex, changed);
  };
  with("\"first.safetensors\"", "\"third.safetensors\"");
  expect_refusal(StatusCode::kNotFound, "third.safetensors' is missing");
  for (const char* name : {"../first.safetensors", "/etc/x.safetensors", "..",
                           "first.bin", "", "a\\\\b.safetensors"}) {
    with("first.safetensors", name);
    expect_refusal(StatusCode::kInvalidData, "is not the name of a safetens");
  }
  with("\"first.safetensors\"", "7");
  expect_refusal(StatusCode::kInvalidData, "is not the name of a safetensors");
  with("\"one\"", "\"three\"");
  expect_refusal(StatusCode::kNotFound, "has no tensor 'three'");
  with("weight_map", "weights");
  expect_refusal(StatusCode::kInvalidData, "lists no tensors");
  put(kIndex, index);
  put("second.safetensors", read_file(path("first.safetensors")));
  expect_refusal(StatusCode::kNotFound, "has no tensor 'two'");
  SafetensorsBytes both;
  both.set_f32("one", {2, 3});
  both.set_f32("two", {4});
  put("second.safetensors", both.bytes());
  expect_refusal(StatusCode::kInvalidData, "tensor 'one' is in '");
}

TEST_F(ModelFolderTest, RefusesWeightsThatArePackedIntegers) {
  for (const char* method : {"gptq", "awq", "bitsandbytes", "mxfp4"}) {
    put("config.json", std::string(R"({"quantization_config":)") +
                           R"({"quant_method": ")" + method + "\"}}");
    expect_refusal(StatusCode::kNotSupported,
                   "quantized by '" + std::string(method) + "'");
  }
}

class ScaledWeights : public ModelFolderTest {
 protected:
  /// Ones of 8 bits, and `scale` beside them.
  void put_weight(const std::string& scale_name,
                  const std::vector<std::uint64_t>& scale_shape,
                  const std::vector<float>& scale) {
    put("config.json", R"({"quantization_config": {"quant_method": "fp8",
                           "weight_block_size": [2, 3]}})");
    SafetensorsBytes weights;
    weights.set("m.weight", "F8_E4M3", {3, 4}, std::string(12, '\x38'));
    std::string bytes;
    for (const float value : scale) bytes += raw(value);
    weights.set(scale_name, "F32", scale_shape, bytes);
    weights.set_f32("m.input_scale", {});
    put("model.safetensors", weights.bytes());
  }

  void expect_values(const std::vector<float>& expected) {
    const auto source = open_model(folder());
    ASSERT_TRUE(source.ok()) << source.status().message();
    EXPECT_EQ((*source)->tensors().size(), 1U);
    const auto values = read_floats(*(*source)->find_tensor("m.weight"));
    ASSERT_TRUE(values.ok()) << values.status().message();
    EXPECT_EQ(*values, expected);
  }
};

TEST_F(ScaledWeights, AreMultipliedByOneNumber) {
  put_weight("m.weight_scale", {}, {0.5F});
  expect_values(std::vector<float>(12, 0.5F));
}

TEST_F(ScaledWeights, AreMultipliedByTheNumberOfTheirRow) {
  put_weight("m.weight_scale", {3, 1}, {1, 2, 3});
  expect_values({1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3});
}

TEST_F(ScaledWeights, AreMultipliedByTheNumberOfTheirBlock) {
  put_weight("m.weight_scale_inv", {2, 2}, {1, 2, 3, 4});
  expect_values({1, 1, 1, 2, 1, 1, 1, 2, 3, 3, 3, 4});
}

TEST_F(ScaledWeights, AreRefusedWithScalesThatDoNotFit) {
  put_weight("m.weight_scale_inv", {2}, {1, 2});
  expect_refusal(StatusCode::kInvalidData, "neither one number");
  put_weight("m.weight_scale", {}, {std::numeric_limits<float>::infinity()});
  expect_refusal(StatusCode::kInvalidData, "infinite");
}

TEST_F(ModelFolderTest, UnitesTheTokensThatEndAnAnswer) {
  put("config.json", R"({"eos_token_id": 4, "bos_token_id": 3})");
  put("generation_config.json", R"({"eos_token_id": [2, 4]})");
  put("tokenizer_config.json",
      R"({"eos_token": {"content": "<pad>"}, "bos_token": "a"})");
  const ModelTexts read = texts();
  // <|im_end|> is a special token that everybody knows.
  EXPECT_EQ(read.eos, (std::vector<std::int64_t>{2, 4, 6, 5}));
  EXPECT_EQ(read.bos, 0);
}

TEST_F(ModelFolderTest, TakesBosFromWhereverItIs) {
  EXPECT_EQ(texts().bos, std::nullopt);
  put("config.json", R"({"bos_token_id": 3, "eos_token_id": -1})");
  EXPECT_EQ(texts().bos, 3);
  put("special_tokens_map.json", R"({"bos_token": "b"})");
  EXPECT_EQ(texts().bos, 1);
  put("config.json", R"({"text_config": {"eos_token_id": 2}})");
  EXPECT_EQ(texts().eos.front(), 2);
}

TEST_F(ModelFolderTest, ReadsHowTokensAreToBeChosen) {
  EXPECT_FALSE(texts().sampling.temperature);
  put("generation_config.json",
      R"({"do_sample": true, "temperature": 0.6, "top_k": 20, "top_p": 0.9,
          "min_p": null, "repetition_penalty": 1.1})");
  const SamplingDefaults sampling = texts().sampling;
  EXPECT_EQ(sampling.temperature, 0.6);
  EXPECT_EQ(sampling.top_k, 20);
  EXPECT_EQ(sampling.top_p, 0.9);
  EXPECT_EQ(sampling.min_p, std::nullopt);
  EXPECT_EQ(sampling.repetition_penalty, 1.1);
  put("generation_config.json", R"({"do_sample": false, "temperature": 0.6})");
  EXPECT_EQ(texts().sampling.temperature, 0);
  put("generation_config.json", R"({"temperature": "hot"})");
  expect_texts_refusal(StatusCode::kInvalidData, "'temperature' is \"hot\"");
  put("generation_config.json", R"({"top_p": 1.5})");
  expect_texts_refusal(StatusCode::kInvalidData, "'top_p' is 1.5");
}

TEST_F(ModelFolderTest, PrefersTheTemplateInAFileOfItsOwn) {
  EXPECT_EQ(texts().chat_template, "");
  put("tokenizer_config.json", R"({"chat_template": "one"})");
  EXPECT_EQ(texts().chat_template, "one");
  put("tokenizer_config.json",
      R"({"chat_template": [{"name": "tools", "template": "two"},
                            {"name": "default", "template": "three"}]})");
  EXPECT_EQ(texts().chat_template, "three");
  put("tokenizer_config.json",
      R"({"chat_template": [{"name": "tools", "template": "two"}, 7]})");
  EXPECT_EQ(texts().chat_template, "two");
  put("chat_template.json", R"({"chat_template": "four"})");
  EXPECT_EQ(texts().chat_template, "four");
  put("chat_template.jinja", "five");
  EXPECT_EQ(texts().chat_template, "five");
}

TEST_F(ModelFolderTest, KeepsTokenizersOfOtherKinds) {
  const std::string goldens =
      ETLLM_SOURCE_DIR "/tests/golden/tokenizer_formats/";
  remove("tokenizer.json");
  put("qwen.tiktoken", read_file(goldens + "llama3.tiktoken"));
  EXPECT_EQ(texts().tokenizer_files[0].first, "tokenizer.tiktoken");
  put("tokenizer.model", read_file(goldens + "sp_llama.model"));
  put("tokenizer_config.json",
      R"({"bos_token": "<s>", "add_bos_token": true, "chat_template": "x",
          "added_tokens_decoder": {"1": {"content": "<s>", "special": true}}})");
  const ModelTexts read = texts();
  ASSERT_EQ(read.tokenizer_files.size(), 2U);
  EXPECT_EQ(read.tokenizer_files[0].first, "tokenizer.model");
  EXPECT_EQ(read.tokenizer_files[1].first, "tokenizer_config.json");
  EXPECT_EQ(read.tokenizer_files[1].second.find("chat_template"),
            std::string::npos);
  EXPECT_EQ(read.bos, 1);
  put("tekken.json", read_file(goldens + "tekken.json"));
  EXPECT_EQ(texts().tokenizer_files[0].first, "tekken.json");
  put("tekken.json", "{\"token_bytes\": 1}");
  expect_texts_refusal(StatusCode::kInvalidData, "cannot be used");
}

TEST_F(ModelFolderTest, NeedsATokenizer) {
  remove("tokenizer.json");
  expect_texts_refusal(StatusCode::kNotFound, "has no tokenizer");
  put("tokenizer.model", std::string("\0\1\2", 3));
  expect_texts_refusal(StatusCode::kInvalidData, "in no format that is known");
}

TEST_F(ModelFolderTest, MakesATokenizerOfVocabularyAndMerges) {
  remove("tokenizer.json");
  put("vocab.json", R"({"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3})");
  put("merges.txt", "#version: 0.2\na b\n");
  put("added_tokens.json", R"({"<extra>": 4})");
  put("special_tokens_map.json", R"({"eos_token": "<|endoftext|>"})");
  const ModelTexts read = texts();
  EXPECT_EQ(read.tokenizer_files[0].first, "tokenizer.json");
  EXPECT_EQ(read.eos, std::vector<std::int64_t>{3});
  const std::pair<const char*, const char*> damages[] = {
      {"vocab.json", "{\"a\": -1}"},
      {"vocab.json", "{\"a\": [1]}"},
      {"merges.txt", "a b c\n"},
      {"merges.txt", "ab\n"},
  };
  for (const auto& [name, text] : damages) {
    const std::string whole = read_file(path(name));
    put(name, text);
    expect_texts_refusal(StatusCode::kInvalidData, name);
    put(name, whole);
  }
}

TEST_F(ModelFolderTest, DamagedFilesEndInASentenceOrInTexts) {
  put_shards();
  put("generation_config.json", R"({"eos_token_id": [2], "top_p": 0.9})");
  put("tokenizer_config.json",
      R"({"bos_token": "<s>", "chat_template": [{"name": "default",
          "template": "x"}], "added_tokens_decoder": {"3": {"content": "<s>"}}})");
  put("special_tokens_map.json", R"({"eos_token": {"content": "</s>"}})");
  const std::vector<std::string> names = {
      "config.json",           kIndex,
      "first.safetensors",     "generation_config.json",
      "tokenizer_config.json", "special_tokens_map.json"};
  int refused = 0;
  int read = 0;
  for (const std::string& name : names) {
    const std::string whole = read_file(path(name));
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
      SCOPED_TRACE(name + ", seed " + std::to_string(seed));
      put(name, Mutator(seed).mutate(whole));
      const auto result = read_texts();
      ++(result.ok() ? read : refused);
      if (result.ok()) continue;
      EXPECT_NE(result.status().message().find(folder()), std::string::npos)
          << result.status().message();
    }
    put(name, whole);
  }
  EXPECT_GT(refused, 300);
  EXPECT_GT(read, 30);
}

}  // namespace
}  // namespace etllm::importer
