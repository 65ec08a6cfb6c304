#include "tokenizers/formats/json_object.h"

#include <utility>

namespace tokenizers::pipeline {

etllm::Result<nlohmann::json> parse_json_object(std::string_view text,
                                                int max_depth) {
  bool is_deep = false;
  const auto guard = [&](int depth, auto /*event*/, auto& /*value*/) {
    is_deep = is_deep || depth > max_depth;
    return !is_deep;
  };
  auto json = nlohmann::json::parse(text, guard, /*allow_exceptions=*/false);
  if (is_deep) return etllm::invalid_data("is nested too deeply");
  if (json.is_discarded()) return etllm::invalid_data("is not valid JSON");
  if (!json.is_object()) return etllm::invalid_data("is not a JSON object");
  return json;
}

}  // namespace tokenizers::pipeline
