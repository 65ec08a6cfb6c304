// What the metadata of a Llama mean. Models that run are in
// imported_model_test.cpp, those that are refused in import_test.cpp.

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "importer/architectures/architecture.h"
#include "importer/gguf_bytes.h"
#include "support/temporary_directory.h"

namespace etllm::importer {
namespace {

class LlamaTest : public testing::Test {
 protected:
  /// A layer with one head of `head_size`, so that frequencies are easy.
  static GgufBytes model_with_head(std::uint32_t head_size) {
    GgufBytes file = tiny_llama();
    file.set_u32("llama.attention.head_count", 1);
    file.set_u32("llama.attention.key_length", head_size);
    file.set_u32("llama.attention.value_length", head_size);
    for (const char* name : {"attn_q", "attn_k", "attn_v"}) {
      file.set_f32_tensor("blk.0." + std::string(name) + ".weight",
                          {4, head_size});
    }
    file.set_f32_tensor("blk.0.attn_output.weight", {head_size, 4});
    return file;
  }

  DecoderModel read(const GgufBytes& bytes) {
    const std::string path = directory_.path() / "model.gguf";
    write_file(path, bytes.bytes());
    auto file = open_model(path);
    EXPECT_TRUE(file.ok()) << file.status().message();
    file_ = std::move(*file);
    const auto model = read_decoder_model(*file_);
    EXPECT_TRUE(model.ok()) << model.status().message();
    return model.ok() ? *model : DecoderModel{};
  }

  void expect_frequencies(const GgufBytes& bytes,
                          const std::vector<float>& expected) {
    const auto ropes = read(bytes).ropes;
    ASSERT_EQ(ropes.size(), 1U);
    const RopeParameters& rope = ropes[0];
    EXPECT_FALSE(rope.interleaved);
    EXPECT_EQ(rope.magnitude, 1);
    ASSERT_EQ(rope.inverse_frequencies.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_FLOAT_EQ(rope.inverse_frequencies[i], expected[i]) << i;
    }
  }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<ModelSource> file_;
};

TEST_F(LlamaTest, ReadsTheSizes) {
  const DecoderModel model = read(tiny_llama());
  EXPECT_EQ(model.architecture, "llama");
  EXPECT_EQ(model.shape.layers, 1U);
  EXPECT_EQ(model.shape.hidden, 4U);
  EXPECT_EQ(model.shape.intermediate, 5U);
  EXPECT_EQ(model.shape.query_heads, 2U);
  EXPECT_EQ(model.shape.kv_heads, 1U);
  EXPECT_EQ(model.shape.head_size, 2U);
  EXPECT_EQ(model.shape.vocabulary, 6U);
  EXPECT_EQ(model.shape.context_tokens, 32U);
  EXPECT_FLOAT_EQ(model.final_norm->epsilon, 1e-5F);
  EXPECT_EQ(model.layers[0].mlp->down.weight.tensor->name,
            "blk.0.ffn_down.weight");
}

TEST_F(LlamaTest, SharesTheEmbeddingWhereThereIsNoOutputMatrix) {
  GgufBytes bytes = tiny_llama();
  DecoderModel model = read(bytes);
  EXPECT_TRUE(model.has_tied_head);
  EXPECT_EQ(model.head.weight.tensor, model.embedding.tensor);
  bytes.set_f32_tensor("output.weight", {4, 6});
  model = read(bytes);
  EXPECT_FALSE(model.has_tied_head);
  EXPECT_EQ(model.head.weight.tensor->name, "output.weight");
}

TEST_F(LlamaTest, HasAsManyKeyHeadsAsQueryHeadsUnlessTold) {
  GgufBytes bytes = tiny_llama();
  bytes.erase("llama.attention.head_count_kv");
  bytes.set_f32_tensor("blk.0.attn_k.weight", {4, 4});
  bytes.set_f32_tensor("blk.0.attn_v.weight", {4, 4});
  EXPECT_EQ(read(bytes).shape.kv_heads, 2U);
}

TEST_F(LlamaTest, TakesEqualValuesPerLayerAsOne) {
  GgufBytes bytes = tiny_llama();
  bytes.set("llama.attention.head_count_kv",
            raw<std::uint32_t>(9) + raw<std::uint32_t>(5) +
                raw<std::uint64_t>(2) + raw<std::int32_t>(1) +
                raw<std::int32_t>(1));
  EXPECT_EQ(read(bytes).shape.kv_heads, 1U);
}

TEST_F(LlamaTest, RotatesWithFrequenciesOfTheBase) {
  GgufBytes bytes = model_with_head(4);
  expect_frequencies(bytes, {1, 0.01F});
  bytes.set_f32("llama.rope.freq_base", 1e6F);
  expect_frequencies(bytes, {1, 0.001F});
}

TEST_F(LlamaTest, RotatesThePartThatItIsTold) {
  GgufBytes bytes = model_with_head(8);
  bytes.set_u32("llama.rope.dimension_count", 4);
  expect_frequencies(bytes, {1, 0.01F});
}

TEST_F(LlamaTest, ScalesLinearlyInBothSpellings) {
  GgufBytes bytes = model_with_head(4);
  bytes.set_f32("llama.rope.scale_linear", 2);
  expect_frequencies(bytes, {0.5F, 0.005F});
  bytes.set_string("llama.rope.scaling.type", "linear");
  bytes.set_f32("llama.rope.scaling.factor", 4);
  expect_frequencies(bytes, {0.25F, 0.0025F});
}

TEST_F(LlamaTest, DividesByTheFactorsOfTheFile) {
  GgufBytes bytes = model_with_head(4);
  bytes.set_tensor("rope_freqs.weight", {2}, 0, raw(1.0F) + raw(8.0F));
  expect_frequencies(bytes, {1, 0.00125F});
}

}  // namespace
}  // namespace etllm::importer
