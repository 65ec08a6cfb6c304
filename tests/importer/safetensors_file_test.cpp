// Safetensors files, whole and damaged.

#include "importer/safetensors/safetensors_file.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <utility>

#include "importer/mutator.h"
#include "importer/safetensors_bytes.h"
#include "support/temporary_directory.h"

namespace etllm::importer {
namespace {

class SafetensorsFileTest : public testing::Test {
 protected:
  Result<SafetensorsFile> open(std::string_view bytes) {
    write_file(path_, bytes);
    return SafetensorsFile::open(path_);
  }
  Result<SafetensorsFile> open_header(const std::string& header,
                                      std::size_t data_bytes = 8) {
    return open(
        SafetensorsBytes::with_header(header, std::string(data_bytes, '\1')));
  }
  void expect_refusal(const Result<SafetensorsFile>& file,
                      const std::string& says) {
    ASSERT_FALSE(file.ok()) << says;
    EXPECT_EQ(file.status().code(), StatusCode::kInvalidData);
    const std::string& sentence = file.status().message();
    EXPECT_NE(sentence.find(says), std::string::npos) << sentence;
    EXPECT_NE(sentence.find(path_), std::string::npos) << sentence;
  }

  TemporaryDirectory directory_;
  const std::string path_ = directory_.path() / "model.safetensors";
};

constexpr const char* kPair =
    R"("dtype":"F32","shape":[2],"data_offsets":[0,8])";

TEST_F(SafetensorsFileTest, HasTheTensorsWithTypesShapesAndBytes) {
  SafetensorsBytes bytes;
  bytes.set("matrix", "BF16", {2, 3}, "abcdefghijkl");
  bytes.set("value", "F32", {}, "0123");
  bytes.set("small", "F8_E4M3", {1, 1, 2}, "xy");
  bytes.set("ids", "I64", {1}, "12345678");
  const auto file = open(bytes.bytes());
  ASSERT_TRUE(file.ok()) << file.status().message();
  ASSERT_EQ(file->tensors().size(), 4U);
  const SafetensorsTensor* matrix = file->find_tensor("matrix");
  ASSERT_NE(matrix, nullptr);
  EXPECT_EQ(matrix->type, SafetensorsType::kBF16);
  EXPECT_EQ(matrix->shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(matrix->data.data()),
                        matrix->data.size()),
            "abcdefghijkl");
  EXPECT_EQ(file->find_tensor("value")->data.size(), 4U);
  EXPECT_EQ(file->find_tensor("small")->type, SafetensorsType::kF8E4M3);
  EXPECT_EQ(file->find_tensor("ids")->type, SafetensorsType::kOther);
  EXPECT_EQ(file->find_tensor("ids")->type_name, "I64");
  EXPECT_EQ(file->find_tensor("other"), nullptr);
}

TEST_F(SafetensorsFileTest, AcceptsPaddingAndEmptyTensorsAndUnknownTypes) {
  EXPECT_TRUE(open_header("{\"a\":{" + std::string(kPair) + "}}    ").ok());
  EXPECT_TRUE(open_header("{}").ok());
  const auto file = open_header(
      R"({"a":{"dtype":"F32","shape":[0,7],"data_offsets":[3,3]},)"
      R"("b":{"dtype":"F3_NEW","shape":[7],"data_offsets":[1,4]}})");
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_TRUE(file->find_tensor("a")->data.empty());
  EXPECT_EQ(file->find_tensor("b")->type, SafetensorsType::kOther);
}

TEST_F(SafetensorsFileTest, RefusesWhatIsNoSuchFile) {
  expect_refusal(open(""), "is not a safetensors file");
  expect_refusal(open("version https://git-lfs.github.com/spec/v1"),
                 "git lfs pull");
  expect_refusal(open("GGUF\3"), "a GGUF file");
  expect_refusal(open("<!DOCTYPE html><html>"), "web page");
  expect_refusal(open(raw<std::uint64_t>(~0ULL) + "{}"),
                 "is not a safetensors file");
  expect_refusal(open(raw<std::uint64_t>(100) + "{}"),
                 "ends inside its header");
  const auto missing = SafetensorsFile::open(path_ + ".not");
  EXPECT_EQ(missing.status().code(), StatusCode::kNotFound);
}

TEST_F(SafetensorsFileTest, RefusesHeadersThatAreNotStrict) {
  const std::string pair = kPair;
  const std::pair<std::string, const char*> cases[] = {
      {"{\"a\":3}", "a number where none can be"},
      {"{\"a\":{" + pair, "not valid JSON"},
      {"{\"a\":{" + pair + "}}{}", "not valid JSON"},
      {"{\"a\":{" + pair + "},\"a\":{" + pair + "}}", "'a' appears twice"},
      {"{\"a\":{" + pair + ",\"dtype\":\"F32\"}}", "'dtype' twice"},
      {"{\"a\":{" + pair + ",\"more\":1}}", "unknown field 'more'"},
      {R"({"a":{"dtype":"F32","shape":[2]}})", "lacks its type"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}})", "lacks its"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}})",
       "more than two offsets"},
      {R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})",
       "a negative number"},
      {R"({"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})",
       "a fraction"},
      {R"({"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}})", "a list"},
      {R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],)"
       R"("data_offsets":[0,8]}})",
       "too many dimensions"},
      {R"({"a":{"dtype":["F32"],"shape":[2],"data_offsets":[0,8]}})", "a list"},
      {R"({"a":{"dtype":"F32","shape":null,"data_offsets":[0,8]}})", "null"},
      {R"({"":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
       "name has 0 bytes"},
      {R"({"__metadata__":{},"__metadata__":{}})", "metadata twice"},
      {R"({"__metadata__":{"a":[1]}})", "a list"},
  };
  for (const auto& [header, says] : cases) {
    expect_refusal(open_header(header), says);
  }
}

TEST_F(SafetensorsFileTest, RefusesPlacesThatCannotBe) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})",
       "beyond the end"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})",
       "beyond the end"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})",
       "not what its shape needs"},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],)"
       R"("data_offsets":[0,0]}})",
       "not what its shape needs"},
      {R"({"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},)"
       R"("b":{"dtype":"F16","shape":[2],"data_offsets":[3,7]}})",
       "'a' and 'b' overlap"},
  };
  for (const auto& [header, says] : cases) {
    expect_refusal(open_header(header), says);
  }
}

TEST_F(SafetensorsFileTest, DamagedFilesAreRefusedOrCanBeRead) {
  SafetensorsBytes bytes;
  for (int i = 0; i < 12; ++i) {
    bytes.set_f32("layer." + std::to_string(i), {4, 8}, 1.0F);
  }
  bytes.set("half", "F16", {4}, "12345678");
  const std::string whole = bytes.bytes();
  int refused = 0;
  int opened = 0;
  std::size_t sum = 0;
  for (std::uint32_t seed = 1; seed <= 4'000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto file = open(Mutator(seed).mutate(whole));
    if (!file.ok()) {
      ++refused;
      EXPECT_NE(file.status().message().find(path_), std::string::npos);
      continue;
    }
    ++opened;
    for (const SafetensorsTensor& tensor : file->tensors()) {
      for (const std::byte byte : tensor.data) {
        sum += static_cast<std::size_t>(byte);
      }
    }
  }
  EXPECT_GT(sum, 0U);
  // Otherwise the damage misses what it is meant to hit.
  EXPECT_GT(refused, 2'000);
  EXPECT_GT(opened, 100);
}

}  // namespace
}  // namespace etllm::importer
