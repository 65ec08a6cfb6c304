// A model that comes as a Hugging Face folder and as a GGUF file of the same
// weights becomes the same program, byte for byte: the converter to GGUF
// reorders, splits and renames tensors, and none of that may be left.

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "importer/architectures/architecture.h"
#include "importer/gguf_bytes.h"
#include "importer/graph/decoder_graph.h"
#include "importer/graph/weight_store.h"
#include "importer/source/model_source.h"
#include "program/program_builder.h"
#include "support/temporary_directory.h"

namespace etllm::importer {
namespace {

const std::string kGoldens = ETLLM_SOURCE_DIR "/tests/golden/families/";

std::vector<std::string> names_of_cases() {
  std::ifstream in(kGoldens + "index.json");
  std::vector<std::string> names;
  const auto index = nlohmann::json::parse(in);
  for (const auto& entry : index["cases"]) {
    if (entry["has_gguf"] && entry["same_program"]) {
      names.push_back(entry["name"]);
    }
  }
  return names;
}

class TwoRoutes : public testing::TestWithParam<std::string> {
 protected:
  /// The bytes of a program without named data, which differ.
  std::string program_of(const std::string& path, Quantization quantization) {
    const auto source = open_model(path);
    if (!source.ok()) return failed(source.status());
    const auto model = read_decoder_model(**source, "");
    if (!model.ok()) return failed(model.status());
    program::ProgramBuilder program;
    WeightStore weights({quantization, {}}, program);
    const DecoderLimits limits{.context_tokens = 64, .chunk_tokens = 32};
    Status status = build_decoder(*model, limits, limits.chunk_tokens,
                                  LogitsOf::kLastPosition, weights,
                                  program.add_method("forward"));
    const std::string output = directory_.path() / "model.pte";
    if (status.ok()) status = program.write(output, {});
    return status.ok() ? read_file(output) : failed(status);
  }

  TemporaryDirectory directory_;

 private:
  static std::string failed(const Status& status) {
    ADD_FAILURE() << status.message();
    return {};
  }
};

TEST_P(TwoRoutes, GiveTheSameProgram) {
  const std::string folder = kGoldens + GetParam();
  const std::string file = folder + "/" + GetParam() + ".gguf";
  for (const auto quantization : {Quantization::kF32, Quantization::kQ4}) {
    const std::string from_folder = program_of(folder, quantization);
    EXPECT_GT(from_folder.size(), 1'000U);
    // Not EXPECT_EQ, which would print both.
    EXPECT_TRUE(from_folder == program_of(file, quantization))
        << static_cast<int>(quantization);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, TwoRoutes, testing::ValuesIn(names_of_cases()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace etllm::importer
