// The check stands between files and the runtime: what it accepts, the runtime
// can load and run; what it refuses is named in a sentence.

#include "program/program_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "operators/register.h"
#include "program/program_builder.h"
#include "program/run_program.h"
#include "program/small_program.h"
#include "support/temporary_directory.h"

namespace etllm::program {
namespace {

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

std::string stock_path(const std::string& name) {
  return ETLLM_SOURCE_DIR "/tests/golden/stock/" + name + ".pte";
}

/// Programs that ExecuTorch exported, whose operators the SDK has.
const std::vector<std::string> kStockPrograms = {
    "condition", "lists", "loop", "initial_state", "two_methods"};

/// One edit of a file: bits, bytes, words from elsewhere, numbers next to the
/// old one, lengths. Most of them hit the flatbuffer.
void edit(Bytes& bytes, std::size_t region, std::mt19937& random) {
  region = std::min(region, bytes.size());
  const std::size_t at = random() % region;
  const std::size_t word = std::min(at / 4 * 4, bytes.size() - 4);
  std::uint32_t value = 0;
  std::memcpy(&value, &bytes[word], sizeof(value));
  switch (random() % 8) {
    case 0:
      bytes[at] ^= static_cast<std::byte>(1U << (random() % 8));
      return;
    case 1:
      bytes[at] = static_cast<std::byte>(random());
      return;
    case 2:
      value = random() % 3 == 0 ? 0xffffffffU : random();
      break;
    case 3:
      value = random() % 40;
      break;
    case 4:
      value += random() % 2 == 0 ? 1 : -1;
      break;
    case 5:
    case 6:
      std::memcpy(&value,
                  &bytes[std::min(random() % region / 4 * 4, bytes.size() - 4)],
                  sizeof(value));
      break;
    default:
      if (random() % 4 == 0) bytes.resize(std::max<std::size_t>(at, 64));
      return;
  }
  std::memcpy(&bytes[word], &value, sizeof(value));
}

/// How many of the mutants of a program pass the check; each of those is run.
int run_mutants(const Bytes& good, unsigned seed, int count) {
  std::uint64_t flatbuffer_bytes = 0;
  std::memcpy(&flatbuffer_bytes, &good[16], sizeof(flatbuffer_bytes));
  std::mt19937 random(seed);
  int accepted = 0;
  for (int round = 0; round < count; ++round) {
    Bytes bytes = good;
    for (unsigned edits = 1 + random() % 3; edits > 0; --edits) {
      edit(bytes, round % 8 == 0 ? 64 : flatbuffer_bytes, random);
    }
    if (!check_program(bytes, "mutated.pte").ok()) continue;
    ++accepted;
    run_program(bytes);
  }
  return accepted;
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
  std::vector<std::string> names = kStockPrograms;
  names.insert(names.end(),
               {"tiny_decoder", "external_constants", "inline_delegate"});
  for (const std::string& name : names) {
    const Status status = check_program_file(stock_path(name));
    EXPECT_TRUE(status.ok()) << status.message();
  }
}

/// The sentence about a program whose only method calls one operator.
std::string refusal(const std::function<void(MethodBuilder&)>& build) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "model.pte";
  ProgramBuilder program;
  program.add_constant(float_constant({1.0F, 2.0F}));
  build(program.add_method("forward"));
  EXPECT_TRUE(program.write(path).ok());
  return check_program_file(path).message();
}

TEST_F(ProgramCheck, RefusesWritingToAConstant) {
  const std::string sentence = refusal([](MethodBuilder& method) {
    const ValueId x = method.add_input(float_spec({1, 2}));
    const ValueId weight = method.add_constant(0, float_spec({1, 2}));
    const ValueId out = method.add_activation(float_spec({1, 2}));
    method.call("llama::update_cache", "out",
                {x, weight, method.add_int(0), out, out});
    method.add_output(out);
  });
  EXPECT_NE(sentence.find("writes to a constant"), std::string::npos)
      << sentence;
}

TEST_F(ProgramCheck, RefusesAValueOfAKindThatAnOperatorDoesNotTake) {
  const std::string sentence = refusal([](MethodBuilder& method) {
    const ValueId x = method.add_input(float_spec({1, 2}));
    const ValueId out = method.add_activation(float_spec({1, 2}));
    // A number where the kernel takes a tensor ends the process.
    method.call("aten::add", "out",
                {x, method.add_int(1), method.add_int(1), out, out});
    method.add_output(out);
  });
  EXPECT_NE(sentence.find("aten::add.out"), std::string::npos) << sentence;
}

TEST_F(ProgramCheck, RefusesDividingByWhatMayBeZero) {
  for (const std::int64_t divisor : {2, 0, -1}) {
    const std::string sentence = refusal([&](MethodBuilder& method) {
      const ValueId result = method.add_int(0);
      method.call("executorch_prim::floordiv", "int",
                  {method.add_int(8), method.add_int(divisor), result});
      method.add_output(result);
    });
    EXPECT_EQ(sentence.empty(), divisor == 2) << sentence;
  }
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

TEST_F(ProgramCheck, WhatItAcceptsOfOurProgramsRunsWithoutHarm) {
  EXPECT_GT(run_program(good_program()), 0);
  // The test would say nothing if all were refused.
  EXPECT_GT(run_mutants(good_program(), 1, 2000), 100);
}

TEST_F(ProgramCheck, WhatItAcceptsOfExportedProgramsRunsWithoutHarm) {
  for (const std::string& name : kStockPrograms) {
    const Bytes good = read_bytes(stock_path(name));
    EXPECT_GT(run_program(good), 0) << name;
    EXPECT_GT(run_mutants(good, 2, 500), 25) << name;
  }
}

}  // namespace
}  // namespace etllm::program
