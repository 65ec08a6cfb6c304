// Reading GGUF files: both versions, every type of metadata, and refusals.

#include "importer/gguf/gguf_file.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "importer/gguf_bytes.h"
#include "support/temporary_directory.h"

namespace etllm::importer {
namespace {

class GgufFileTest : public testing::Test {
 protected:
  Result<GgufFile> open(std::string_view bytes) {
    write_file(path(), bytes);
    return GgufFile::open(path());
  }
  /// The sentence of the refusal.
  std::string refusal(std::string_view bytes) {
    const auto file = open(bytes);
    EXPECT_FALSE(file.ok());
    if (file.ok()) return {};
    EXPECT_NE(file.status().message().find(path()), std::string::npos)
        << file.status().message();
    return file.status().message();
  }
  std::string path() const { return directory_.path() / "model.gguf"; }

 private:
  TemporaryDirectory directory_;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class GgufVersions : public GgufFileTest,
                     public testing::WithParamInterface<std::uint32_t> {};

TEST_P(GgufVersions, ReadsMetadataAndTensors) {
  GgufBytes bytes;
  bytes.version = GetParam();
  bytes.set_string("name", "a model");
  bytes.set_f32_tensor("first", {3, 2}, 1.5F);
  bytes.set_f32_tensor("second", {5}, -2);
  const auto file = open(bytes.bytes());
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(file->version(), GetParam());
  EXPECT_EQ(*file->get<std::string_view>("name"), "a model");
  ASSERT_EQ(file->tensors().size(), 2U);
  const GgufTensor* first = file->find_tensor("first");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->cols(), 3U);
  EXPECT_EQ(first->rows(), 2U);
  EXPECT_EQ(first->type, GgmlType::kF32);
  ASSERT_EQ(first->data.size(), 24U);
  float value = 0;
  std::memcpy(&value, first->data.data() + 20, 4);
  EXPECT_EQ(value, 1.5F);
  std::memcpy(&value, file->find_tensor("second")->data.data(), 4);
  EXPECT_EQ(value, -2);
  EXPECT_EQ(file->find_tensor("third"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(Versions, GgufVersions, testing::Values(2U, 3U));

TEST_F(GgufFileTest, ConvertsNumbersBetweenWidthsWhereTheyFit) {
  GgufBytes bytes;
  const auto set = [&](const char* key, std::uint32_t type,
                       const std::string& value) {
    bytes.set(key, raw(type) + value);
  };
  set("u8", 0, raw<std::uint8_t>(200));
  set("i8", 1, raw<std::int8_t>(-3));
  set("u16", 2, raw<std::uint16_t>(60'000));
  set("i16", 3, raw<std::int16_t>(-300));
  set("i32", 5, raw<std::int32_t>(-70'000));
  set("bool", 7, raw<std::uint8_t>(1));
  set("u64", 10, raw<std::uint64_t>(~0ULL));
  set("i64", 11, raw<std::int64_t>(-1));
  set("f64", 12, raw<double>(0.25));
  const auto file = open(bytes.bytes());
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(*file->get<std::int64_t>("u8"), 200);
  EXPECT_EQ(*file->get<std::int64_t>("i8"), -3);
  EXPECT_EQ(*file->get<std::uint64_t>("u16"), 60'000U);
  EXPECT_EQ(*file->get<double>("i16"), -300);
  EXPECT_EQ(*file->get<std::int64_t>("i32"), -70'000);
  EXPECT_TRUE(*file->get<bool>("bool"));
  EXPECT_EQ(*file->get<double>("f64"), 0.25);
  // These do not fit, or are something else.
  EXPECT_FALSE(file->get<std::int64_t>("u64").ok());
  EXPECT_FALSE(file->get<std::uint64_t>("i64").ok());
  EXPECT_FALSE(file->get<std::string_view>("u8").ok());
  EXPECT_FALSE(file->get<bool>("u8").ok());
  EXPECT_EQ(file->get<bool>("none").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(*file->get_or<std::int64_t>("none", 7), 7);
}

TEST_F(GgufFileTest, ReadsArrays) {
  GgufBytes bytes;
  bytes.set_strings("texts", {"a", "", "c"});
  bytes.set("floats", raw<std::uint32_t>(9) + raw<std::uint32_t>(6) +
                          raw<std::uint64_t>(2) + raw(1.0F) + raw(-2.0F));
  bytes.set("empty", raw<std::uint32_t>(9) + raw<std::uint32_t>(5) +
                         raw<std::uint64_t>(0));
  const auto file = open(bytes.bytes());
  ASSERT_TRUE(file.ok()) << file.status().message();
  using Texts = std::vector<std::string_view>;
  EXPECT_EQ(*file->get<Texts>("texts"), (Texts{"a", "", "c"}));
  EXPECT_EQ(*file->get<std::vector<double>>("floats"),
            (std::vector<double>{1, -2}));
  EXPECT_TRUE(file->get<std::vector<std::int64_t>>("empty")->empty());
  EXPECT_FALSE(file->get<std::vector<std::int64_t>>("texts").ok());
}

TEST_F(GgufFileTest, HonoursTheAlignmentOfTheFile) {
  GgufBytes bytes;
  bytes.alignment = 128;
  bytes.set_u32("general.alignment", 128);
  bytes.set_f32_tensor("first", {1}, 1);
  bytes.set_f32_tensor("second", {1}, 2);
  const auto file = open(bytes.bytes());
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(file->find_tensor("second")->data.data() -
                file->find_tensor("first")->data.data(),
            128);
  bytes.set_u32("general.alignment", 48);
  EXPECT_TRUE(contains(refusal(bytes.bytes()), "alignment is 48"));
}

TEST_F(GgufFileTest, RefusesEveryTruncation) {
  GgufBytes bytes;
  bytes.set_strings("texts", {"a", "bc"});
  bytes.set_u32("number", 1);
  bytes.set_f32_tensor("first", {3, 2});
  bytes.set_f32_tensor("second", {7});
  const std::string whole = bytes.bytes();
  ASSERT_TRUE(open(whole).ok());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    refusal(std::string_view(whole).substr(0, size));
  }
}

TEST_F(GgufFileTest, SaysWhatAForeignFileIs) {
  const auto says = [&](std::string_view bytes, std::string_view part) {
    const std::string message = refusal(bytes);
    EXPECT_TRUE(contains(message, "is not a GGUF file")) << message;
    EXPECT_TRUE(contains(message, part)) << message;
  };
  using std::string_view_literals::operator""sv;
  says("", "it is empty");
  says("\x24\0\0\0ET12 and more"sv, "ExecuTorch program");
  says("PK\x03\x04....", "zip archive");
  says("<!DOCTYPE html>", "web page");
  says("version https://git-lfs.github.com/spec/v1", "git lfs pull");
  says("{\"model_type\": 1}", "JSON");
  says("\x10\0\0\0\0\0\0\0{\"tensor\":{}}"sv, "safetensors");
  says("\x1f\x8b compressed", "gzip");
  says("nothing that is known", "check that it is the right file");
}

TEST_F(GgufFileTest, RefusesOtherVersions) {
  GgufBytes bytes;
  for (const std::uint32_t version : {0U, 1U, 4U, 77U}) {
    bytes.version = version;
    EXPECT_TRUE(contains(refusal(bytes.bytes()), "version")) << version;
  }
  bytes.version = 3U << 24;
  EXPECT_TRUE(contains(refusal(bytes.bytes()), "big-endian"));
}

TEST_F(GgufFileTest, RefusesImpossibleTensors) {
  struct Case {
    std::vector<std::uint64_t> dims;
    std::uint32_t type;
    const char* says;
  };
  const std::vector<Case> cases = {
      {{}, 0, "0 dimensions"},
      {{1, 1, 1, 1, 1}, 0, "5 dimensions"},
      {{0}, 0, "impossible shape"},
      {{~0ULL, 2}, 0, "impossible shape"},
      {{1ULL << 31, 1ULL << 31, 1ULL << 31}, 0, "impossible shape"},
      {{1ULL << 31, 1ULL << 31}, 0, "cannot have the shape"},
      {{1ULL << 20}, 0, "beyond the end"},
      {{33}, 2, "cannot have the shape"},
      {{32}, 999, "type number 999"},
  };
  for (const Case& wrong : cases) {
    GgufBytes bytes;
    bytes.set_tensor("t", wrong.dims, wrong.type, std::string(64, '\0'));
    const std::string message = refusal(bytes.bytes());
    EXPECT_TRUE(contains(message, wrong.says)) << message;
  }
}

TEST_F(GgufFileTest, RefusesTensorsThatOverlapOrAppearTwice) {
  GgufBytes bytes;
  bytes.set_f32_tensor("a", {8});
  bytes.set_f32_tensor("b", {8});
  std::string same_name = bytes.bytes();
  same_name[same_name.find(raw_string("b") + raw<std::uint32_t>(1)) + 8] = 'a';
  EXPECT_TRUE(contains(refusal(same_name), "twice"));

  std::string overlap = bytes.bytes();
  const std::size_t offset = overlap.find(raw_string("b")) + 9 + 4 + 8 + 4;
  overlap.replace(offset, 8, raw<std::uint64_t>(0));
  EXPECT_TRUE(contains(refusal(overlap), "overlap"));
  overlap.replace(offset, 8, raw<std::uint64_t>(4));
  EXPECT_TRUE(contains(refusal(overlap), "aligned"));
}

TEST_F(GgufFileTest, RefusesMetadataThatLie) {
  const auto array = [](std::uint32_t type, std::uint64_t count) {
    return raw<std::uint32_t>(9) + raw(type) + raw(count);
  };
  std::string nested = raw<std::uint32_t>(9);
  for (int i = 0; i < 1'000; ++i) {
    nested += raw<std::uint32_t>(9) + raw<std::uint64_t>(1);
  }
  const std::vector<std::string> values = {
      raw<std::uint32_t>(13),                             // an unknown type
      raw<std::uint32_t>(8) + raw<std::uint64_t>(~0ULL),  // an endless string
      array(0, ~0ULL),
      array(8, 1ULL << 60),
      array(99, 1),
      nested,
  };
  for (const std::string& value : values) {
    GgufBytes bytes;
    bytes.set("key", value);
    EXPECT_TRUE(contains(refusal(bytes.bytes()), "key"));
  }
}

TEST_F(GgufFileTest, RefusesAKeyThatAppearsTwice) {
  GgufBytes bytes;
  bytes.set_u32("key1", 1);
  bytes.set_u32("key2", 2);
  std::string text = bytes.bytes();
  text[text.find("key2") + 3] = '1';
  EXPECT_TRUE(contains(refusal(text), "twice"));
}

TEST_F(GgufFileTest, RefusesAPartOfASplitModel) {
  GgufBytes bytes;
  bytes.set_u32("split.count", 3);
  EXPECT_TRUE(contains(refusal(bytes.bytes()), "one of 3 parts"));
}

TEST_F(GgufFileTest, EscapesWhatItQuotes) {
  EXPECT_EQ(importer::in_quotes("a\n\x1b[31m"), "'a\\x0a\\x1b[31m'");
  EXPECT_EQ(importer::in_quotes(std::string(100, 'x')),
            "'" + std::string(80, 'x') + "...'");
}

}  // namespace
}  // namespace etllm::importer
