// Imports as a whole: what the file says afterwards, and what is refused.

#include "importer/import.h"

#include <executorch/extension/data_loader/mmap_data_loader.h>
#include <executorch/extension/module/module.h>
#include <executorch/runtime/executor/program.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/model_assets.h"
#include "importer/gguf_bytes.h"
#include "support/temporary_directory.h"

namespace etllm::importer {
namespace {

using executorch::extension::MmapDataLoader;
using executorch::extension::Module;
using executorch::runtime::Program;
namespace fs = std::filesystem;

const std::string kGoldens = ETLLM_SOURCE_DIR "/tests/golden/importer/";

class ImportTest : public testing::Test {
 protected:
  std::string input() const { return directory_.path() / "in" / "model.gguf"; }
  std::string output() const { return directory_.path() / "out" / "model.pte"; }

  void SetUp() override {
    fs::create_directory(directory_.path() / "in");
    fs::create_directory(directory_.path() / "out");
  }

  Result<ImportReport> import(std::string_view bytes,
                              const ImportOptions& options = {}) {
    write_file(input(), bytes);
    return import_model(input(), output(), options);
  }
  ImportReport import_or_die(std::string_view bytes,
                             const ImportOptions& options = {}) {
    const auto report = import(bytes, options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    return report.ok() ? *report : ImportReport{};
  }

  /// Whether the import fails with `code` and a sentence that holds `says`,
  /// and leaves nothing behind.
  void expect_refusal(std::string_view bytes, StatusCode code,
                      const std::string& says,
                      const ImportOptions& options = {}) {
    const auto report = import(bytes, options);
    ASSERT_FALSE(report.ok()) << says;
    EXPECT_EQ(report.status().code(), code) << report.status().message();
    EXPECT_NE(report.status().message().find(says), std::string::npos)
        << report.status().message();
    EXPECT_TRUE(fs::is_empty(directory_.path() / "out"));
  }

  /// A named text of the imported file; "" when it has none.
  std::string named_text(std::string_view key) const {
    auto loader = MmapDataLoader::from(output().c_str());
    EXPECT_TRUE(loader.ok());
    const auto program =
        Program::load(&*loader, Program::Verification::InternalConsistency);
    EXPECT_TRUE(program.ok());
    const auto map = program->get_named_data_map();
    const auto data = (*map)->get_data(key);
    if (!data.ok()) return "";
    return {static_cast<const char*>(data->data()), data->size()};
  }

  TemporaryDirectory directory_;
};

std::int64_t number(Module& module, const char* method) {
  const auto value = module.get(method);
  EXPECT_TRUE(value.ok()) << method;
  return value.ok() ? value->toInt() : -1;
}

bool truth(Module& module, const char* method) {
  const auto value = module.get(method);
  EXPECT_TRUE(value.ok()) << method;
  return value.ok() && value->toBool();
}

TEST_F(ImportTest, WritesTheMetadataOfTheModel) {
  import_or_die(tiny_llama().bytes());
  Module module(output());
  EXPECT_EQ(number(module, "get_max_seq_len"), 32);
  EXPECT_EQ(number(module, "get_max_context_len"), 32);
  EXPECT_EQ(number(module, "get_vocab_size"), 6);
  EXPECT_EQ(number(module, "get_n_layers"), 1);
  EXPECT_EQ(number(module, "get_bos_id"), 0);
  EXPECT_TRUE(truth(module, "use_kv_cache"));
  EXPECT_TRUE(truth(module, "use_sdpa_with_kv_cache"));
  EXPECT_TRUE(truth(module, "enable_dynamic_shape"));
}

TEST_F(ImportTest, GathersEveryTokenThatEndsAnAnswer) {
  GgufBytes file = tiny_llama();
  file.set_strings("tokenizer.ggml.tokens",
                   {"<s>", "<|im_end|>", "a", "b", "ab", "<|endoftext|>"});
  const auto int32s = [](const std::vector<std::int32_t>& values) {
    std::string bytes = raw<std::uint32_t>(9) + raw<std::uint32_t>(5) +
                        raw<std::uint64_t>(values.size());
    for (const auto value : values) bytes += raw(value);
    return bytes;
  };
  file.set("tokenizer.ggml.token_type", int32s({3, 3, 1, 1, 1, 3}));
  import_or_die(file.bytes());
  Module module(output());
  const auto ids = module.execute("get_eos_ids");
  ASSERT_TRUE(ids.ok());
  ASSERT_EQ(ids->size(), 2U);
  EXPECT_EQ(ids->at(0).toInt(), 1);
  EXPECT_EQ(ids->at(1).toInt(), 5);
}

TEST_F(ImportTest, DescribesItselfUnderTheKeysOfTheEngine) {
  GgufBytes file = tiny_llama();
  file.set_string("tokenizer.chat_template", "{{ messages }}");
  const ImportReport report = import_or_die(file.bytes());
  EXPECT_TRUE(report.has_chat_template);
  EXPECT_EQ(named_text(engine::kChatTemplateKey), "{{ messages }}");
  const auto tokenizer =
      nlohmann::json::parse(named_text(engine::kTokenizerKeys[0]));
  EXPECT_EQ(tokenizer["model"]["vocab"]["ab"], 4);
  const auto description =
      nlohmann::json::parse(named_text(engine::kDescriptionKey));
  EXPECT_EQ(description["name"], "Tiny");
  EXPECT_EQ(description["architecture"], "llama");
  EXPECT_EQ(description["formats"], "f32 x 8");
  EXPECT_EQ(description["parameters"], report.parameter_count);
  EXPECT_EQ(description["source"]["format"], "GGUF v3");
  EXPECT_EQ(description["source"]["tensors"], "F32 x 11");
}

TEST_F(ImportTest, HasNoChatTemplateWhereTheModelHasNone) {
  EXPECT_FALSE(import_or_die(tiny_llama().bytes()).has_chat_template);
  EXPECT_EQ(named_text(engine::kChatTemplateKey), "");
}

TEST_F(ImportTest, ReportsWhatItDid) {
  const ImportReport report = import_or_die(tiny_llama().bytes());
  EXPECT_EQ(report.model_name, "Tiny");
  EXPECT_EQ(report.architecture, "llama");
  EXPECT_EQ(report.formats, "f32 x 8");
  // Embedding, three norms, attention, MLP.
  EXPECT_EQ(report.parameter_count, 24U + 3 * 4 + 16 + 8 + 8 + 16 + 3 * 20);
  EXPECT_EQ(report.input_bytes, fs::file_size(input()));
  EXPECT_EQ(report.output_bytes, fs::file_size(output()));
  EXPECT_EQ(report.context_tokens, 32U);
  EXPECT_EQ(report.prefill_chunk_tokens, 32U);
}

TEST_F(ImportTest, StoresATiedHeadOnce) {
  GgufBytes tied = tiny_llama();
  // 4 MB, which stand out from everything else.
  const std::uint64_t vocabulary = 1 << 18;
  tied.set_f32_tensor("token_embd.weight", {4, vocabulary});
  const auto tied_bytes = import_or_die(tied.bytes()).output_bytes;
  tied.set_f32_tensor("output.weight", {4, vocabulary});
  const auto untied_bytes = import_or_die(tied.bytes()).output_bytes;
  EXPECT_LT(tied_bytes, 5'000'000U);
  EXPECT_GT(untied_bytes, tied_bytes + 4'000'000);
}

TEST_F(ImportTest, NamesAModelAfterItsFileWhereItHasNoName) {
  GgufBytes file = tiny_llama();
  file.erase("general.name");
  EXPECT_EQ(import_or_die(file.bytes()).model_name, "model");
  file.set_string("general.name", "two\nlines\x1b and \xff bytes");
  EXPECT_EQ(import_or_die(file.bytes()).model_name,
            "two lines  and \xff bytes");
  const auto description =
      nlohmann::json::parse(named_text(engine::kDescriptionKey));
  EXPECT_EQ(description["name"], "two lines  and \uFFFD bytes");
}

TEST_F(ImportTest, ChoosesContextAndChunk) {
  GgufBytes file = tiny_llama();
  file.set_u32("llama.context_length", 100'000);
  ImportReport report = import_or_die(file.bytes());
  EXPECT_EQ(report.context_tokens, 8'192U);
  EXPECT_EQ(report.prefill_chunk_tokens, 512U);
  ImportOptions options;
  options.context_tokens = 10'000;
  options.prefill_chunk_tokens = 100;
  report = import_or_die(file.bytes(), options);
  EXPECT_EQ(report.context_tokens, 10'000U);
  EXPECT_EQ(report.prefill_chunk_tokens, 100U);
}

TEST_F(ImportTest, ReplacesAnOlderFile) {
  write_file(output(), "old");
  const ImportReport report = import_or_die(tiny_llama().bytes());
  EXPECT_EQ(fs::file_size(output()), report.output_bytes);
}

TEST_F(ImportTest, RefusesOptionsThatMakeNoSense) {
  ImportOptions options;
  options.context_tokens = 33;
  expect_refusal(tiny_llama().bytes(), StatusCode::kInvalidArgument,
                 "33 tokens is more than the 32", options);
  options = {};
  options.prefill_chunk_tokens = 0;
  expect_refusal(tiny_llama().bytes(), StatusCode::kInvalidArgument,
                 "chunk of 0 tokens", options);
}

TEST_F(ImportTest, RefusesToWriteOverItsInput) {
  write_file(input(), tiny_llama().bytes());
  const std::string hard_link = directory_.path() / "in" / "hard.gguf";
  const std::string symbolic_link = directory_.path() / "in" / "soft.gguf";
  fs::create_hard_link(input(), hard_link);
  fs::create_symlink(input(), symbolic_link);
  for (const std::string& path : {input(), hard_link, symbolic_link}) {
    const auto report = import_model(input(), path, {});
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.status().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(read_file(input()), tiny_llama().bytes());
  }
}

TEST_F(ImportTest, RefusesOutputsThatCannotBe) {
  write_file(input(), tiny_llama().bytes());
  const fs::path folder = directory_.path();
  for (const std::string& path :
       {std::string(), (folder / "missing" / "model.pte").string(),
        (folder / "out").string(), (folder / "in/model.gguf/x.pte").string()}) {
    const auto report = import_model(input(), path, {});
    ASSERT_FALSE(report.ok()) << path;
    EXPECT_NE(report.status().message().find(path), std::string::npos);
  }
  EXPECT_TRUE(fs::is_empty(folder / "out"));
}

TEST_F(ImportTest, RefusesInputsThatAreNoModels) {
  expect_refusal("", StatusCode::kInvalidData, "it is empty");
  expect_refusal("not a model at all", StatusCode::kInvalidData, input());
  const auto missing =
      import_model(directory_.path() / "missing.gguf", output(), {});
  EXPECT_EQ(missing.status().code(), StatusCode::kNotFound);
  const auto folder = import_model(directory_.path(), output(), {});
  EXPECT_EQ(folder.status().code(), StatusCode::kNotFound);
  EXPECT_TRUE(fs::is_empty(directory_.path() / "out"));
}

TEST_F(ImportTest, RefusesATruncatedModel) {
  const std::string whole = read_file(kGoldens + "q4_1.gguf");
  for (const double part : {0.0001, 0.01, 0.1, 0.5, 0.9, 0.999}) {
    const auto size =
        static_cast<std::size_t>(static_cast<double>(whole.size()) * part);
    expect_refusal(std::string_view(whole).substr(0, size),
                   StatusCode::kInvalidData, "download");
  }
}

TEST_F(ImportTest, LeavesNothingBehindWhenTheDiskIsFull) {
  // A limit on the size of files acts as a full disk does.
  struct rlimit old {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  write_file(input(), read_file(kGoldens + "q4_1.gguf"));
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit limit = {20'000, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto report = import_model(input(), output(), {});
  EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.status().code(), StatusCode::kIoError);
  EXPECT_NE(report.status().message().find(output()), std::string::npos);
  EXPECT_TRUE(fs::is_empty(directory_.path() / "out"));
}

TEST_F(ImportTest, ReportsProgressUpToTheEnd) {
  std::uint64_t last = 0;
  std::uint64_t total = 0;
  ImportOptions options;
  options.progress = [&](std::uint64_t done, std::uint64_t all) {
    EXPECT_GE(done, last);
    EXPECT_TRUE(total == 0 || all == total);
    last = done;
    total = all;
    return true;
  };
  const auto report = import_or_die(read_file(kGoldens + "q4_1.gguf"), options);
  EXPECT_EQ(last, total);
  EXPECT_GT(total, 0U);
  EXPECT_LE(total, report.output_bytes);
}

TEST_F(ImportTest, StopsWhereTheCallerCancels) {
  const std::string model = read_file(kGoldens + "q4_1.gguf");
  int calls = 0;
  ImportOptions options;
  options.progress = [&](std::uint64_t, std::uint64_t) {
    ++calls;
    return true;
  };
  import_or_die(model, options);
  fs::remove(output());
  const int all_calls = calls;
  ASSERT_GT(all_calls, 2);
  for (const int stop_at : {1, 2, all_calls / 2, all_calls}) {
    calls = 0;
    options.progress = [&](std::uint64_t, std::uint64_t) {
      return ++calls < stop_at;
    };
    expect_refusal(model, StatusCode::kCancelled, "", options);
    EXPECT_EQ(calls, stop_at);
  }
}

struct Refusal {
  const char* name;
  void (*change)(GgufBytes& file);
  StatusCode code;
  const char* says;
};

class RefusedModel : public ImportTest,
                     public testing::WithParamInterface<Refusal> {};

TEST_P(RefusedModel, IsRefusedWithASentence) {
  GgufBytes file = tiny_llama();
  GetParam().change(file);
  expect_refusal(file.bytes(), GetParam().code, GetParam().says);
}

constexpr auto kInvalid = StatusCode::kInvalidData;
constexpr auto kUnsupported = StatusCode::kNotSupported;
constexpr auto kMissing = StatusCode::kNotFound;

const std::vector<Refusal> kRefusals = {
    {"OtherArchitecture",
     [](GgufBytes& f) { f.set_string("general.architecture", "mamba"); },
     kUnsupported, "architecture 'mamba'"},
    {"MissingKey", [](GgufBytes& f) { f.erase("llama.block_count"); }, kMissing,
     "llama.block_count"},
    {"WrongTypeOfKey",
     [](GgufBytes& f) { f.set_string("llama.block_count", "one"); }, kInvalid,
     "llama.block_count"},
    {"NoLayers", [](GgufBytes& f) { f.set_u32("llama.block_count", 0); },
     kInvalid, "llama.block_count"},
    {"TooManyLayers",
     [](GgufBytes& f) { f.set_u32("llama.block_count", 0xffffffff); }, kInvalid,
     "llama.block_count"},
    {"MissingLayer", [](GgufBytes& f) { f.set_u32("llama.block_count", 2); },
     kMissing, "blk.1.attn_norm.weight"},
    {"MissingTensor",
     [](GgufBytes& f) { f.erase_tensor("output_norm.weight"); }, kMissing,
     "output_norm.weight"},
    {"WrongShape",
     [](GgufBytes& f) {
       f.set_f32_tensor("blk.0.attn_q.weight", {4, 3});
     },
     kInvalid, "blk.0.attn_q.weight"},
    {"HeadsThatDoNotDivide",
     [](GgufBytes& f) { f.set_u32("llama.attention.head_count", 3); }, kInvalid,
     "cannot be shared by 3"},
    {"KeyHeadsThatDoNotDivide",
     [](GgufBytes& f) { f.set_u32("llama.attention.head_count_kv", 3); },
     kInvalid, "cannot share 3"},
    {"OddRotation",
     [](GgufBytes& f) { f.set_u32("llama.rope.dimension_count", 1); }, kInvalid,
     "a rotation of 1"},
    {"RotationBeyondTheHead",
     [](GgufBytes& f) { f.set_u32("llama.rope.dimension_count", 4); }, kInvalid,
     "a rotation of 4"},
    {"UnknownScaling",
     [](GgufBytes& f) { f.set_string("llama.rope.scaling.type", "dynamic"); },
     kUnsupported, "'dynamic'"},
    {"RopeFactorOfZero",
     [](GgufBytes& f) { f.set_f32_tensor("rope_freqs.weight", {1}, 0); },
     kInvalid, "rope_freqs.weight"},
    {"NegativeRopeBase",
     [](GgufBytes& f) { f.set_f32("llama.rope.freq_base", -1); }, kInvalid,
     "freq_base"},
    {"NegativeEpsilon",
     [](GgufBytes& f) {
       f.set_f32("llama.attention.layer_norm_rms_epsilon", -1e-5F);
     },
     kInvalid, "epsilon"},
    {"ExpertsWithoutTheirNumbers",
     [](GgufBytes& f) { f.set_u32("llama.expert_count", 8); }, kMissing,
     "llama.expert_used_count"},
    {"BiasOfQueriesAlone",
     [](GgufBytes& f) { f.set_f32_tensor("blk.0.attn_q.bias", {4}); }, kMissing,
     "blk.0.attn_k.bias"},
    {"BiasOfANorm",
     [](GgufBytes& f) { f.set_f32_tensor("blk.0.attn_norm.bias", {4}); },
     kUnsupported, "blk.0.attn_norm.bias"},
    {"UnknownTensor",
     [](GgufBytes& f) { f.set_f32_tensor("blk.0.surprise", {4}); },
     kUnsupported, "blk.0.surprise"},
    {"InfiniteNorm",
     [](GgufBytes& f) {
       f.set_f32_tensor("output_norm.weight", {4}, HUGE_VALF);
     },
     kInvalid, "output_norm.weight"},
    {"InfiniteMatrix",
     [](GgufBytes& f) {
       f.set_f32_tensor("blk.0.ffn_up.weight", {4, 5}, HUGE_VALF);
     },
     kInvalid, "blk.0.ffn_up.weight"},
    {"UnsupportedType",
     [](GgufBytes& f) {
       f.set_u32("llama.embedding_length", 4);
       f.set_tensor("blk.0.ffn_up.weight", {4, 5}, 24, std::string(20, '\0'));
     },
     kUnsupported, "I8"},
    {"NoTokenizer", [](GgufBytes& f) { f.erase("tokenizer.ggml.tokens"); },
     kMissing, "tokenizer.ggml.tokens"},
    {"OtherTokenizer",
     [](GgufBytes& f) { f.set_string("tokenizer.ggml.model", "bert"); },
     kUnsupported, "'bert'"},
    {"UnknownPreTokenizer",
     [](GgufBytes& f) { f.set_string("tokenizer.ggml.pre", "magic"); },
     kUnsupported, "'magic'"},
    {"MoreTokensThanRows",
     [](GgufBytes& f) {
       f.set_f32_tensor("token_embd.weight", {4, 4});
     },
     kInvalid, "5 tokens, the model 4"},
    {"TokenThatAppearsTwice",
     [](GgufBytes& f) {
       f.set_strings("tokenizer.ggml.tokens", {"<s>", "</s>", "a", "b", "a"});
     },
     kInvalid, "appears twice"},
    {"TokenThatIsNoText",
     [](GgufBytes& f) {
       f.set_strings("tokenizer.ggml.tokens",
                     {"<s>", "</s>", "a", "b", "ab", "\xff"});
     },
     kInvalid, "UTF-8"},
    {"MergeWithoutAToken",
     [](GgufBytes& f) { f.set_strings("tokenizer.ggml.merges", {"a c"}); },
     kInvalid, "'a c'"},
    {"MergeOfOnePiece",
     [](GgufBytes& f) { f.set_strings("tokenizer.ggml.merges", {"ab"}); },
     kInvalid, "'ab'"},
    {"EndTokenOutsideTheVocabulary",
     [](GgufBytes& f) { f.set_u32("tokenizer.ggml.eos_token_id", 5); },
     kInvalid, "eos_token_id"},
};

INSTANTIATE_TEST_SUITE_P(Models, RefusedModel, testing::ValuesIn(kRefusals),
                         [](const auto& info) {
                           return std::string(info.param.name);
                         });

TEST(ParseQuantization, KnowsTheNames) {
  EXPECT_EQ(parse_quantization("keep"), Quantization::kKeep);
  EXPECT_EQ(parse_quantization("q8"), Quantization::kQ8);
  EXPECT_EQ(parse_quantization("q4"), Quantization::kQ4);
  EXPECT_EQ(parse_quantization("f16"), Quantization::kF16);
  EXPECT_EQ(parse_quantization("bf16"), Quantization::kBF16);
  EXPECT_EQ(parse_quantization("f32"), Quantization::kF32);
  EXPECT_EQ(parse_quantization("q3"), std::nullopt);
  EXPECT_EQ(parse_quantization(""), std::nullopt);
}

TEST(ParseKvType, KnowsTheNames) {
  EXPECT_EQ(parse_kv_type("f16"), KvType::kF16);
  EXPECT_EQ(parse_kv_type("f32"), KvType::kF32);
  EXPECT_EQ(parse_kv_type("q8"), KvType::kQ8);
  EXPECT_EQ(parse_kv_type("q4"), std::nullopt);
  EXPECT_EQ(kv_type_name(KvType::kQ8), "q8");
}

}  // namespace
}  // namespace etllm::importer
