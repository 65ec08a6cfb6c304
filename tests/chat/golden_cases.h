#pragma once

// The goldens of tests/golden/chat: what Jinja2 makes of templates, in the
// environment of transformers. tests/golden/make_chat_goldens.py makes them.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "chat/chat_template.h"

namespace etllm::chat {

struct GoldenCase {
  std::string name;
  std::string source;
  nlohmann::ordered_json context;
  /// Nothing where an error is wanted.
  std::optional<std::string> output;
};

/// Reads a file of the folder; fails the test when it cannot.
std::vector<GoldenCase> read_golden_cases(const std::string& file_name);

/// The inputs with which transformers renders a template, at the fixed time
/// of the goldens.
RenderInputs golden_inputs(const nlohmann::ordered_json& context);

}  // namespace etllm::chat
