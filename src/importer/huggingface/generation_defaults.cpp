#include "importer/huggingface/generation_defaults.h"

#include <cmath>
#include <limits>

namespace etllm::importer {
namespace {

void add_id(const nlohmann::json& value, std::vector<std::int64_t>& ids) {
  // -1 is a way to say "none".
  if (!value.is_number_integer()) return;
  const auto id = value.get<std::int64_t>();
  if (id >= 0 && id <= std::numeric_limits<std::int32_t>::max()) {
    ids.push_back(id);
  }
}

/// Reads numbers, and remembers the first that makes no sense.
class Numbers {
 public:
  Numbers(const nlohmann::json& config, const std::string& path)
      : config_(config), path_(path) {}

  const Status& status() const { return status_; }

  std::optional<double> between(const char* key, double lowest,
                                double highest) {
    const auto value = config_.find(key);
    if (value == config_.end() || value->is_null()) return std::nullopt;
    const double number = value->is_number()
                              ? value->get<double>()
                              : std::numeric_limits<double>::quiet_NaN();
    if (number >= lowest && number <= highest) return number;
    if (status_.ok()) {
      status_ = invalid_data("'" + path_ + "': '" + key + "' is " +
                             value->dump().substr(0, 40) +
                             ", which cannot be; correct it or remove it");
    }
    return std::nullopt;
  }

 private:
  const nlohmann::json& config_;
  const std::string& path_;
  Status status_;
};

}  // namespace

std::vector<std::int64_t> token_ids(const nlohmann::json& config,
                                    const char* key) {
  std::vector<std::int64_t> ids;
  const auto value = config.find(key);
  if (value == config.end()) return ids;
  if (value->is_array()) {
    for (const auto& element : *value) add_id(element, ids);
  } else {
    add_id(*value, ids);
  }
  return ids;
}

Result<SamplingDefaults> read_sampling_defaults(const nlohmann::json& config,
                                                const std::string& path) {
  constexpr double kMax = 1e6;
  Numbers numbers(config, path);
  SamplingDefaults defaults;
  defaults.temperature = numbers.between("temperature", 0, kMax);
  defaults.top_p = numbers.between("top_p", 0, 1);
  defaults.min_p = numbers.between("min_p", 0, 1);
  const auto top_k = numbers.between("top_k", 0, kMax);
  if (top_k) defaults.top_k = std::llround(*top_k);
  defaults.repetition_penalty =
      numbers.between("repetition_penalty", 1e-6, kMax);
  if (!numbers.status().ok()) return numbers.status();
  const auto samples = config.find("do_sample");
  if (samples != config.end() && samples->is_boolean() &&
      !samples->get<bool>()) {
    defaults.temperature = 0;
  }
  return defaults;
}

}  // namespace etllm::importer
