// The check stands between files and the runtime: what it accepts, the runtime
// can load and run; what it refuses is named in a sentence.

#include "program/program_check.h"

#include <executorch/extension/data_loader/buffer_data_loader.h>
#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "engine/planned_memory.h"
#include "operators/register.h"
#include "program/program_builder.h"
#include "program/small_program.h"
#include "support/temporary_directory.h"

namespace etllm::program {
namespace {

using executorch::extension::BufferDataLoader;
using executorch::extension::Module;

using Bytes = std::vector<std::byte>;

Bytes read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

const Bytes& good_program() {
  static const Bytes bytes = [] {
    const TemporaryDirectory directory;
    const std::string path = directory.path() / "good.pte";
    ProgramBuilder program;
    build_small_program(program);
    EXPECT_TRUE(program.write(path).ok());
    return read_bytes(path);
  }();
  return bytes;
}

/// Loads and runs everything in the program as the runners do.
void run_program(const Bytes& bytes) {
  Module module(std::make_unique<BufferDataLoader>(bytes.data(), bytes.size()));
  const auto names = module.method_names();
  if (!names.ok()) return;
  std::vector<float> values(8, 1.0F);
  for (const std::string& name : *names) {
    const auto meta = module.method_meta(name);
    if (!meta.ok()) continue;
    auto memory = engine::PlannedMemory::create({&*meta, 1});
    if (!memory.ok()) continue;
    if (module.load_method(name, (*memory)->allocator()) !=
        executorch::runtime::Error::Ok) {
      continue;
    }
    if (meta->num_inputs() == 0) {
      static_cast<void>(module.execute(name));
    } else {
      auto input = executorch::extension::from_blob(
          values.data(), {1, 4, 2}, executorch::aten::ScalarType::Float);
      static_cast<void>(module.execute(name, input));
    }
    module.unload_method(name);
  }
}

class ProgramCheck : public testing::Test {
 protected:
  void SetUp() override { operators::register_operators(); }
};

TEST_F(ProgramCheck, AcceptsWhatTheBuilderWrites) {
  const Status status = check_program(good_program(), "good.pte");
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST_F(ProgramCheck, AcceptsWhatExecuTorchExports) {
  const Status status = check_program_file(
      ETLLM_SOURCE_DIR "/tests/golden/stock/tiny_decoder.pte");
  EXPECT_TRUE(status.ok()) << status.message();
}

TEST_F(ProgramCheck, NamesTheFileThatIsMissing) {
  const Status status = check_program_file("/no/such/model.pte");
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_NE(status.message().find("/no/such/model.pte"), std::string::npos);
}

TEST_F(ProgramCheck, RefusesEveryTruncation) {
  const Bytes& good = good_program();
  for (std::size_t size = 0; size < good.size(); size += 7) {
    const Status status =
        check_program(std::span(good).first(size), "short.pte");
    ASSERT_FALSE(status.ok()) << size;
    ASSERT_NE(status.message().find("short.pte"), std::string::npos);
  }
}

TEST_F(ProgramCheck, WhatItAcceptsRunsWithoutHarm) {
  std::mt19937 random(1);
  int accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    Bytes bytes = good_program();
    // The flatbuffer is the first part; most of the rest is padding.
    const std::size_t region = round % 4 == 0 ? 64 : 4096;
    for (unsigned edits = 1 + random() % 3; edits > 0; --edits) {
      const std::size_t at = random() % std::min(bytes.size(), region);
      const unsigned kind = random() % 4;
      if (kind == 0) {
        bytes[at] ^= static_cast<std::byte>(1U << (random() % 8));
      } else if (kind == 1) {
        bytes[at] = static_cast<std::byte>(random());
      } else if (kind == 2) {
        const std::uint32_t word = random() % 3 == 0 ? 0xffffffffU : random();
        std::memcpy(&bytes[at], &word,
                    std::min<std::size_t>(4, bytes.size() - at));
      } else {
        const std::size_t from = random() % std::min(bytes.size(), region);
        bytes[at] = bytes[from];
      }
    }
    if (!check_program(bytes, "mutated.pte").ok()) continue;
    ++accepted;
    run_program(bytes);
  }
  // The test would say nothing if all were refused.
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace etllm::program
