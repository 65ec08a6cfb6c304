#include "cli/model_sampling.h"

#include <nlohmann/json.hpp>

namespace etllm::cli {
namespace {

using Json = nlohmann::json;

std::optional<float> number(const Json& sampling, const char* key, double most,
                            bool is_zero_allowed = true) {
  const auto value = sampling.find(key);
  if (value == sampling.end() || !value->is_number()) return std::nullopt;
  const auto number = value->get<double>();
  const bool is_possible =
      number <= most && (number > 0 || (is_zero_allowed && number == 0));
  if (!is_possible) return std::nullopt;
  return static_cast<float>(number);
}

}  // namespace

ModelSampling read_model_sampling(std::string_view description_json) {
  const Json description =
      Json::parse(description_json, nullptr, /*allow_exceptions=*/false);
  if (!description.is_object()) return {};
  const auto sampling = description.find("sampling");
  if (sampling == description.end() || !sampling->is_object()) return {};
  constexpr double kMax = 1e6;
  ModelSampling result;
  result.temperature = number(*sampling, "temperature", kMax);
  result.top_p = number(*sampling, "top_p", 1);
  result.min_p = number(*sampling, "min_p", 1);
  result.repetition_penalty =
      number(*sampling, "repetition_penalty", kMax, /*is_zero_allowed=*/false);
  if (const auto top_k = number(*sampling, "top_k", kMax)) {
    result.top_k = static_cast<std::int32_t>(*top_k);
  }
  return result;
}

}  // namespace etllm::cli
