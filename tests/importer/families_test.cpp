// A tiny checkpoint of every decoder family, from a GGUF file and from a
// Hugging Face folder, imported and run, against transformers on the same
// weights (tests/golden/make_family_goldens.py).

#include <executorch/extension/tensor/tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "importer/architectures/architecture.h"
#include "importer/gguf_bytes.h"
#include "importer/graph/decoder_graph.h"
#include "kernels/dispatch/select.h"
#include "operators/register.h"
#include "program/program_check.h"
#include "support/decoder.h"
#include "support/temporary_directory.h"

namespace etllm::importer {
namespace {

using nlohmann::json;

// Measured: 1.2e-6, which is the order of sums.
constexpr double kTolerance = 2e-5;
// Of logits by rounded weights, 8-bit activations and an f16 cache. Measured:
// 0.070 and 0.454.
constexpr double kQ8Tolerance = 0.09;
constexpr double kQ4Tolerance = 0.55;
// Calls of few tokens, so that caches of windows become rings and wrap.
constexpr std::uint32_t kChunk = 64;
// As long as the calls of any golden.
constexpr std::uint32_t kLongChunk = 512;

const std::string kGoldens = ETLLM_SOURCE_DIR "/tests/golden/families/";

json read_json(const std::string& path) {
  std::ifstream in(path);
  return json::parse(in);
}

/// A family's checkpoint in one of its forms.
struct FamilyCase {
  std::string name;
  bool is_gguf = false;
  std::size_t longest_prompt = SIZE_MAX;  ///< Beyond, it is another model.

  std::string path() const {
    const std::string folder = kGoldens + name;
    return is_gguf ? folder + "/" + name + ".gguf" : folder;
  }
};

void PrintTo(const FamilyCase& form, std::ostream* out) { *out << form.path(); }

std::vector<FamilyCase> all_cases() {
  std::vector<FamilyCase> cases;
  const json index = read_json(kGoldens + "index.json");
  for (const json& entry : index["cases"]) {
    const std::string name = entry["name"];
    cases.push_back({name, false});
    // A GGUF file that is not the same model has no logits of its own.
    const std::size_t within = entry["gguf_within"];
    if (entry["same_program"]) {
      cases.push_back({name, true});
    } else if (within != 0) {
      cases.push_back({name, true, within});
    }
  }
  return cases;
}

struct BuildOptions {
  Quantization quantization = Quantization::kF32;
  KvType kv_type = KvType::kF32;
  std::uint32_t chunk_tokens = kChunk;
};

/// The program of a model, without the texts that an import adds.
void build_program(const std::string& path, const std::string& output,
                   const BuildOptions& options) {
  const auto source = open_model(path);
  ASSERT_TRUE(source.ok()) << source.status().message();
  const auto model = read_decoder_model(**source);
  ASSERT_TRUE(model.ok()) << model.status().message();
  DecoderLimits limits;
  limits.context_tokens = model->shape.context_tokens;
  limits.chunk_tokens = std::min(options.chunk_tokens, limits.context_tokens);
  limits.kv_type = options.kv_type;
  program::ProgramBuilder program;
  WeightStore weights({options.quantization, {}}, program);
  Status status = build_decoder(*model, limits, limits.chunk_tokens,
                                LogitsOf::kLastPosition, weights,
                                program.add_method("forward"));
  ASSERT_TRUE(status.ok()) << status.message();
  status = build_decoder(*model, limits, std::min(kChunk, limits.chunk_tokens),
                         LogitsOf::kEveryPosition, weights,
                         program.add_method("all_logits"));
  ASSERT_TRUE(status.ok()) << status.message();
  status = program.write(output);
  ASSERT_TRUE(status.ok()) << status.message();
  status = program::check_program_file(output);
  ASSERT_TRUE(status.ok()) << status.message();
}

/// Logits of every position of `prompt`, run in calls of at most `chunk`.
std::vector<float> all_logits(Decoder& decoder,
                              const std::vector<std::int64_t>& prompt,
                              std::size_t chunk) {
  using executorch::aten::ScalarType;
  std::vector<float> logits;
  for (std::size_t begin = 0; begin < prompt.size(); begin += chunk) {
    const std::size_t count = std::min(chunk, prompt.size() - begin);
    std::vector<std::int64_t> tokens(
        prompt.begin() + static_cast<std::ptrdiff_t>(begin),
        prompt.begin() + static_cast<std::ptrdiff_t>(begin + count));
    auto start_pos = static_cast<std::int64_t>(begin);
    auto ids = executorch::extension::from_blob(
        tokens.data(), {1, static_cast<executorch::aten::SizesType>(count)},
        ScalarType::Long);
    auto start =
        executorch::extension::from_blob(&start_pos, {1}, ScalarType::Long);
    const auto outputs = decoder.module().execute("all_logits", {ids, start});
    if (!outputs.ok()) return {};
    const auto tensor = outputs->at(0).toTensor();
    const auto* data = tensor.const_data_ptr<float>();
    logits.insert(logits.end(), data, data + tensor.numel());
  }
  return logits;
}

class Family : public testing::TestWithParam<FamilyCase> {
 protected:
  void SetUp() override {
    operators::register_operators();
    ASSERT_TRUE(kernels::select_kernels("float").ok());
    const json file = read_json(kGoldens + GetParam().name + "/logits.json");
    for (const json& golden : file["runs"]) {
      if (golden["prompt"].size() > GetParam().longest_prompt) continue;
      runs_.push_back(golden);
      if (golden.contains("calls")) options_.chunk_tokens = kLongChunk;
    }
  }
  void TearDown() override {
    EXPECT_TRUE(kernels::select_kernels("auto").ok());
  }

  void build() { build_program(GetParam().path(), model_, options_); }

  /// Runs the golden's own calls, or any.
  static std::vector<float> run(Decoder& decoder, const json& golden,
                                std::size_t chunk) {
    const auto prompt = golden["prompt"].get<std::vector<std::int64_t>>();
    std::span<const std::int64_t> rest(prompt);
    decoder.reset();
    if (!golden.contains("calls")) return decoder.run(rest, chunk);
    std::vector<float> logits;
    for (const json& call : golden["calls"]) {
      const std::size_t count = call;
      logits = decoder.run(rest.first(count), count);
      rest = rest.subspan(count);
    }
    return logits;
  }

  void expect_last_logits(Decoder& decoder, std::size_t chunk,
                          double tolerance) {
    for (const json& golden : runs_) {
      if (!golden.contains("logits")) continue;
      SCOPED_TRACE("prompt of " + std::to_string(golden["prompt"].size()) +
                   " tokens in chunks of " + std::to_string(chunk));
      const auto expected = golden["logits"].get<std::vector<float>>();
      const double error =
          relative_error(run(decoder, golden, chunk), expected);
      EXPECT_LE(error, tolerance);
      worst_ = std::max(worst_, error);
    }
    RecordProperty("worst_error_e9", static_cast<int>(worst_ * 1e9));
  }

  TemporaryDirectory directory_;
  const std::string model_ = directory_.path() / "model.pte";
  BuildOptions options_;
  json runs_;
  double worst_ = 0;
};

TEST_P(Family, AgreesWithTransformersInEveryChunking) {
  ASSERT_NO_FATAL_FAILURE(build());
  Decoder decoder(model_);
  for (const std::size_t chunk : {64, 1, 2, 5, 32}) {
    expect_last_logits(decoder, chunk, kTolerance);
  }
}

TEST_P(Family, AgreesAtEveryPosition) {
  ASSERT_NO_FATAL_FAILURE(build());
  Decoder decoder(model_);
  for (const json& golden : runs_) {
    if (!golden.contains("all_logits")) continue;
    std::vector<float> expected;
    for (const json& row : golden["all_logits"]) {
      for (const float value : row) expected.push_back(value);
    }
    const auto prompt = golden["prompt"].get<std::vector<std::int64_t>>();
    const std::vector<std::size_t> chunks =
        golden.contains("calls") ? std::vector<std::size_t>{64}
                                 : std::vector<std::size_t>{64, 1, 5};
    for (const std::size_t chunk : chunks) {
      EXPECT_LE(relative_error(all_logits(decoder, prompt, chunk), expected),
                kTolerance)
          << prompt.size() << " tokens in chunks of " << chunk;
    }
  }
}

/// What rounding costs: random weights have nothing that it would spare.
TEST_P(Family, StaysCloseWith8Bits) {
  options_.quantization = Quantization::kQ8;
  options_.kv_type = KvType::kF16;
  ASSERT_NO_FATAL_FAILURE(build());
  ASSERT_TRUE(kernels::select_kernels("auto").ok());
  Decoder decoder(model_);
  expect_last_logits(decoder, 64, kQ8Tolerance);
}

TEST_P(Family, StaysCloseWith4Bits) {
  options_.quantization = Quantization::kQ4;
  options_.kv_type = KvType::kF16;
  ASSERT_NO_FATAL_FAILURE(build());
  ASSERT_TRUE(kernels::select_kernels("auto").ok());
  Decoder decoder(model_);
  expect_last_logits(decoder, 64, kQ4Tolerance);
}

/// transformers writes what its versions called differently under other names
/// than the configurations that are published.
TEST_P(Family, IsTheSameFromAConfigurationOfTransformers5) {
  namespace fs = std::filesystem;
  const fs::path folder = GetParam().path();
  if (GetParam().is_gguf || !fs::exists(folder / "saved_config.json")) {
    GTEST_SKIP() << "there is no other configuration";
  }
  ASSERT_NO_FATAL_FAILURE(build());
  const std::string expected = read_file(model_);
  const fs::path copy = directory_.path() / "copy";
  fs::copy(folder, copy);
  fs::copy_file(folder / "saved_config.json", copy / "config.json",
                fs::copy_options::overwrite_existing);
  ASSERT_NO_FATAL_FAILURE(build_program(copy.string(), model_, options_));
  // Not EXPECT_EQ: nobody wants to see the bytes.
  EXPECT_TRUE(read_file(model_) == expected);
}

std::string case_name(const testing::TestParamInfo<FamilyCase>& info) {
  return info.param.name + (info.param.is_gguf ? "_gguf" : "_folder");
}

INSTANTIATE_TEST_SUITE_P(Cases, Family, testing::ValuesIn(all_cases()),
                         case_name);

}  // namespace
}  // namespace etllm::importer
