#include "tokenizers/golden_files.h"

#include <pytorch/tokenizers/llama2c_tokenizer.h>
#include <pytorch/tokenizers/sentencepiece.h>
#include <pytorch/tokenizers/tekken.h>
#include <pytorch/tokenizers/tiktoken.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace tokenizers {
namespace {

/// Takes a varint off the front.
std::size_t take_varint(std::string_view& bytes) {
  std::size_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.at(0));
    bytes.remove_prefix(1);
    value |= std::size_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
}

/// Takes lines off the front, up to an empty one.
std::vector<std::string> take_lines(std::string_view& bytes) {
  std::vector<std::string> lines;
  while (true) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (line.empty()) return lines;
    lines.emplace_back(line);
  }
}

class Fnv {
 public:
  void add(unsigned char byte) { value_ = (value_ ^ byte) * 0x01000193U; }
  std::string hex() const {
    std::array<char, 9> text{};
    std::snprintf(text.data(), text.size(), "%08x", value_);
    return text.data();
  }

 private:
  std::uint32_t value_ = 0x811c9dc5U;
};

}  // namespace

std::string read_golden(const std::string& name) {
  std::ifstream file(
      std::string(ETLLM_SOURCE_DIR) + "/tests/golden/tokenizers/" + name,
      std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string format_path(const std::string& name) {
  return ETLLM_SOURCE_DIR "/tests/golden/tokenizer_formats/" + name;
}

std::unique_ptr<PipelineTokenizer> tokenizer_for(const std::string& name) {
  if (name == "own.tiktoken") {
    return std::make_unique<Tiktoken>(
        R"(\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+)",
        std::vector<std::string>{"<|endoftext|>", "<|im_start|>", "<|im_end|>",
                                 "<tool>"},
        0, 2);
  }
  if (name.ends_with(".tiktoken")) return std::make_unique<Tiktoken>();
  if (name.ends_with(".model")) return std::make_unique<SPTokenizer>();
  if (name.ends_with(".json")) return std::make_unique<Tekken>();
  return std::make_unique<Llama2cTokenizer>();
}

std::vector<std::string> golden_strings() {
  const std::string bytes = read_golden("strings.bin");
  std::string_view rest = bytes;
  std::vector<std::string> strings;
  while (!rest.empty()) {
    const std::size_t size = take_varint(rest);
    strings.emplace_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  return strings;
}

std::string smollm2_json() {
  using Json = nlohmann::json;
  const std::string bytes = read_golden("smollm2.bin");
  std::string_view rest = bytes;
  std::vector<std::string> pieces = take_lines(rest);
  Json added = Json::array();
  for (std::size_t id = 0; id < pieces.size(); ++id) {
    added.push_back({{"id", id},
                     {"content", pieces[id]},
                     {"normalized", false},
                     {"special", true}});
  }
  for (const std::string& piece : take_lines(rest)) pieces.push_back(piece);
  Json merges = Json::array();
  while (!rest.empty()) {
    const std::string left = pieces.at(take_varint(rest));
    const std::string right = pieces.at(take_varint(rest));
    merges.push_back(left + " " + right);
    pieces.push_back(left + right);
  }
  Json vocabulary = Json::object();
  for (std::size_t id = 0; id < pieces.size(); ++id) {
    vocabulary[pieces[id]] = id;
  }
  const Json steps =
      Json::array({{{"type", "Digits"}, {"individual_digits", true}},
                   {{"type", "ByteLevel"}, {"add_prefix_space", false}}});
  return Json{
      {"added_tokens", added},
      {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", steps}}},
      {"decoder", {{"type", "ByteLevel"}}},
      {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}}}}
      .dump();
}

std::string hash_of_ids(const std::vector<uint64_t>& ids) {
  Fnv hash;
  for (const uint64_t id : ids) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      hash.add(static_cast<unsigned char>(id >> shift));
    }
  }
  return hash.hex();
}

std::string hash_of_text(std::string_view text) {
  Fnv hash;
  for (const char c : text) hash.add(static_cast<unsigned char>(c));
  return hash.hex();
}

}  // namespace tokenizers
