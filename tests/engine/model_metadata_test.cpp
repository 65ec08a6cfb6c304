#include "engine/model_metadata.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "program/program_builder.h"
#include "support/temporary_directory.h"

namespace etllm::engine {
namespace {

using executorch::extension::Module;
using Ids = std::unordered_set<std::uint64_t>;

void expect_refused(const MetadataMap& map, const std::string& part) {
  const auto metadata = ModelMetadata::from_map(map);
  ASSERT_FALSE(metadata.ok()) << part;
  EXPECT_EQ(metadata.status().code(), StatusCode::kInvalidData);
  EXPECT_NE(metadata.status().message().find(part), std::string::npos)
      << metadata.status().message();
}

TEST(ModelMetadata, TakesEachLengthForTheOtherWhenThatIsMissing) {
  const auto chunk = ModelMetadata::from_map({{"get_max_seq_len", 128}});
  ASSERT_TRUE(chunk.ok());
  EXPECT_EQ(chunk->max_context_len, 128);
  const auto context = ModelMetadata::from_map({{"get_max_context_len", 64}});
  ASSERT_TRUE(context.ok());
  EXPECT_EQ(context->max_seq_len, 64);
}

TEST(ModelMetadata, HasTheFrameworksDefaults) {
  const auto metadata = ModelMetadata::from_map({{"get_max_seq_len", 128}});
  ASSERT_TRUE(metadata.ok());
  EXPECT_TRUE(metadata->use_kv_cache);
  EXPECT_FALSE(metadata->enable_dynamic_shape);
  EXPECT_EQ(metadata->vocab_size, 0);
}

TEST(ModelMetadata, DoesNotTakeAShortChunkForASlidingWindow) {
  const auto metadata = ModelMetadata::from_map(
      {{"get_max_seq_len", 16}, {"get_max_context_len", 64}});
  ASSERT_TRUE(metadata.ok());
  EXPECT_EQ(metadata->max_seq_len, 16);
  EXPECT_EQ(metadata->max_context_len, 64);
}

TEST(ModelMetadata, WithoutACacheAddsOneTokenToWhatACallReads) {
  const auto metadata = ModelMetadata::from_map({{"get_max_seq_len", 16},
                                                 {"get_max_context_len", 64},
                                                 {"use_kv_cache", 0}});
  ASSERT_TRUE(metadata.ok());
  EXPECT_EQ(metadata->max_context_len, 17);
  const auto bounded =
      ModelMetadata::from_map({{"get_max_seq_len", 16}, {"use_kv_cache", 0}});
  ASSERT_TRUE(bounded.ok());
  EXPECT_EQ(bounded->max_context_len, 16);
}

TEST(ModelMetadata, BoundsAChunkByTheContext) {
  const auto metadata = ModelMetadata::from_map(
      {{"get_max_seq_len", 128}, {"get_max_context_len", 64}});
  ASSERT_TRUE(metadata.ok());
  EXPECT_EQ(metadata->max_seq_len, 64);
}

TEST(ModelMetadata, SaysWhichEntryMakesNoSense) {
  expect_refused({}, "get_max_seq_len");
  expect_refused({{"get_max_seq_len", 0}}, "get_max_seq_len");
  expect_refused({{"get_max_seq_len", 8}, {"get_max_context_len", -1}},
                 "get_max_context_len");
  expect_refused({{"get_max_context_len", std::int64_t{1} << 40}}, "get_max_");
  expect_refused({{"get_max_seq_len", 8}, {"get_vocab_size", -3}},
                 "get_vocab_size");
  expect_refused({{"get_max_seq_len", 8}, {"get_ring_len", 0}}, "get_ring_len");
}

/// Writes a program of constant methods and opens it.
class ConstantMethods : public testing::Test {
 protected:
  std::unique_ptr<Module> open() {
    const std::string path = directory_.path() / "model.pte";
    const Status status = program_.write(path);
    EXPECT_TRUE(status.ok()) << status.message();
    return std::make_unique<Module>(path);
  }

  TemporaryDirectory directory_;
  program::ProgramBuilder program_;
};

TEST_F(ConstantMethods, AreReadByName) {
  program_.add_constant_method("get_max_seq_len", std::int64_t{32});
  program_.add_constant_method("use_kv_cache", false);
  program_.add_constant_method("get_vocab_size", 100.0);
  program_.add_constant_method("something_else", 0.5);
  const auto map = read_metadata(*open());
  ASSERT_TRUE(map.ok()) << map.status().message();
  EXPECT_EQ(*map, (MetadataMap{{"get_max_seq_len", 32},
                               {"use_kv_cache", 0},
                               {"get_vocab_size", 100}}));
}

TEST_F(ConstantMethods, MustGiveOneNumber) {
  program_.add_constant_method("get_max_seq_len",
                               std::vector<std::int64_t>{32, 64});
  const auto map = read_metadata(*open());
  ASSERT_FALSE(map.ok());
  EXPECT_NE(map.status().message().find("get_max_seq_len"), std::string::npos);
}

TEST_F(ConstantMethods, OfAFileThatIsNoProgramAreAnError) {
  Module module(directory_.path() / "missing.pte");
  EXPECT_FALSE(read_metadata(module).ok());
  EXPECT_TRUE(read_eos_ids(module).empty());
}

TEST_F(ConstantMethods, GiveEosIdsInBothSpellingsTogether) {
  program_.add_constant_method("get_eos_id", std::int64_t{5});
  program_.add_constant_method("get_eos_ids", std::vector<std::int64_t>{2, 7});
  EXPECT_EQ(read_eos_ids(*open()), (Ids{2, 5, 7}));
}

TEST_F(ConstantMethods, GiveEosIdsAsListOrScalarInEitherSpelling) {
  program_.add_constant_method("get_eos_id", std::vector<std::int64_t>{2, 7});
  program_.add_constant_method("get_eos_ids", std::int64_t{5});
  EXPECT_EQ(read_eos_ids(*open()), (Ids{2, 5, 7}));
}

TEST_F(ConstantMethods, GiveNoEosIdThatIsNegative) {
  program_.add_constant_method("get_eos_id", std::int64_t{-1});
  EXPECT_TRUE(read_eos_ids(*open()).empty());
}

}  // namespace
}  // namespace etllm::engine
