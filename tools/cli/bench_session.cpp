#include "cli/bench_session.h"

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_decoder_runner.h>
#include <executorch/extension/llm/runner/text_prefiller.h>
#include <executorch/extension/tensor/tensor.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "cli/loaded_model.h"
#include "engine/model_assets.h"
#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"
#include "program/program_check.h"

namespace etllm::cli {

namespace llm = executorch::extension::llm;
using executorch::runtime::Error;

/// In lifetime order: each part borrows from those before it.
struct BenchSession::Parts {
  BenchInfo info;
  std::unique_ptr<executorch::extension::Module> module;
  std::unique_ptr<llm::IOManager> io_manager;
  std::unique_ptr<llm::TextDecoderRunner> decoder;
  std::unique_ptr<llm::TextPrefiller> prefiller;
};

namespace {

std::int64_t metadata_value(
    const std::unordered_map<std::string, std::int64_t>& metadata,
    const std::string& key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? 0 : found->second;
}

/// Name, size and number of parameters, where the importer wrote them.
void describe_model(BenchInfo& info, executorch::extension::Module& module) {
  const auto description = nlohmann::json::parse(
      engine::read_model_description(module), nullptr, false);
  info.model = info.path.substr(info.path.find_last_of('/') + 1);
  if (!description.is_object()) return;
  info.model = description.value("name", info.model);
  info.parameters = description.value("parameters", info.parameters);
  for (const auto& weight : description.value("weights", nlohmann::json())) {
    info.size_bytes += weight.value("bytes", std::uint64_t{0});
  }
}

}  // namespace

BenchSession::BenchSession(std::unique_ptr<Parts> parts)
    : parts_(std::move(parts)) {}
BenchSession::BenchSession(BenchSession&&) noexcept = default;
BenchSession::~BenchSession() = default;

const BenchInfo& BenchSession::info() const { return parts_->info; }

Result<BenchSession> BenchSession::open(const EngineOptions& options) {
  Status status = configure_engine(options);
  if (!status.ok()) return status;
  auto parts = std::make_unique<Parts>();
  BenchInfo& info = parts->info;
  info.path = options.model;
  info.threads = kernels::thread_count();
  info.kernels = std::string(kernels::active_kernels().name);

  return BenchSession(std::move(parts));
}

Status BenchSession::prefill(const std::vector<std::uint64_t>& tokens) {
  std::vector<std::uint64_t> prompt = tokens;
  std::int64_t position = 0;
  if (parts_->prefiller->prefill(prompt, position).ok()) return {};
  return invalid_argument("the model refused a prompt of " +
                          std::to_string(tokens.size()) + " tokens");
}

Status BenchSession::decode(const std::vector<std::uint64_t>& tokens) {
  std::int64_t token = 0;
  auto tensor = executorch::extension::from_blob(
      &token, {1, 1}, executorch::aten::ScalarType::Long);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    token = static_cast<std::int64_t>(tokens[i]);
    if (!parts_->decoder->step(tensor, static_cast<std::int64_t>(i)).ok()) {
      return invalid_argument("the model failed at token " + std::to_string(i));
    }
  }
  return {};
}

}  // namespace etllm::cli
