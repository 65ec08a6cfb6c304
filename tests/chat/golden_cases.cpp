#include "chat/golden_cases.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <utility>

namespace etllm::chat {
namespace {

using nlohmann::ordered_json;

const std::string kFolder = ETLLM_SOURCE_DIR "/tests/golden/chat/";

// 5 March 2026, 14:07:09, a Thursday.
std::tm golden_time() {
  std::tm time{};
  time.tm_year = 2026 - 1900;
  time.tm_mon = 2;
  time.tm_mday = 5;
  time.tm_hour = 14;
  time.tm_min = 7;
  time.tm_sec = 9;
  time.tm_wday = 4;
  time.tm_yday = 63;
  return time;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path << " cannot be read";
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::vector<GoldenCase> read_golden_cases(const std::string& file_name) {
  std::ifstream file(kFolder + file_name);
  EXPECT_TRUE(file) << file_name << " cannot be read";
  std::map<std::string, ordered_json> shared_contexts;
  std::vector<GoldenCase> cases;
  for (std::string line; std::getline(file, line);) {
    ordered_json json = ordered_json::parse(line);
    if (json.contains("define")) {
      shared_contexts[json["define"]] = json["context"];
      continue;
    }
    GoldenCase& golden = cases.emplace_back();
    golden.name = json["name"];
    golden.source = json.contains("template_file")
                        ? read_file(kFolder + "templates/" +
                                    json["template_file"].get<std::string>())
                        : json["template"].get<std::string>();
    golden.context = json["context"].is_string()
                         ? shared_contexts.at(json["context"])
                         : json["context"];
    if (json.contains("output")) golden.output = json["output"];
  }
  EXPECT_FALSE(cases.empty()) << file_name << " has no cases";
  return cases;
}

RenderInputs golden_inputs(const ordered_json& context) {
  RenderInputs inputs;
  inputs.now = golden_time();
  inputs.add_generation_prompt = false;
  for (const auto& [name, value] : context.items()) {
    if (name == "messages") {
      inputs.messages = value;
    } else if (name == "tools") {
      inputs.tools = value;
    } else if (name == "documents") {
      inputs.documents = value;
    } else if (name == "add_generation_prompt") {
      inputs.add_generation_prompt = value;
    } else if (name == "bos_token") {
      inputs.bos_token = value;
    } else if (name == "eos_token") {
      inputs.eos_token = value;
    } else {
      inputs.variables[name] = value;
    }
  }
  return inputs;
}

}  // namespace etllm::chat
