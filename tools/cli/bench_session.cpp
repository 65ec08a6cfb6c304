#include "cli/bench_session.h"

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/text_decoder_runner.h>
#include <executorch/extension/llm/runner/text_prefiller.h>
#include <executorch/extension/tensor/tensor.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/mapped_file.h"
#include "cli/loaded_model.h"
#include "engine/model_assets.h"
#include "engine/model_metadata.h"
#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"
#include "operators/register.h"

namespace etllm::cli {

namespace llm = executorch::extension::llm;
using executorch::extension::Module;
using executorch::runtime::Error;

/// In lifetime order: each part borrows from those before it.
struct BenchSession::Parts {
  BenchInfo info;
  std::unique_ptr<Module> module;
  std::unique_ptr<llm::IOManager> io_manager;
  std::unique_ptr<llm::TextDecoderRunner> decoder;
  std::unique_ptr<llm::TextPrefiller> prefiller;
};

namespace {

/// Name and number of parameters, where the importer wrote them.
void describe_model(const engine::ModelAssets& assets, BenchInfo& info) {
  info.model = info.path.substr(info.path.find_last_of('/') + 1);
  const auto description = nlohmann::json::parse(
      assets.description_json.value_or(""), nullptr, false);
  if (!description.is_object()) return;
  const auto name = description.find("name");
  if (name != description.end() && name->is_string()) {
    info.model = name->get<std::string>();
  }
  const auto parameters = description.find("parameters");
  if (parameters != description.end() && parameters->is_number_unsigned()) {
    info.parameters = parameters->get<std::uint64_t>();
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
  info.threads = static_cast<int>(kernels::thread_count());
  info.kernels = std::string(kernels::active_kernels().name);

  // Checks the file before the runtime, which trusts it, sees it.
  const Result<engine::ModelAssets> assets =
      engine::read_model_assets(options.model);
  if (!assets.ok()) return assets.status();
  describe_model(*assets, info);
  const Result<MappedFile> file = MappedFile::open(options.model);
  if (!file.ok()) return file.status();
  info.size_bytes = file->bytes().size();

  status = load_parts(*parts);
  if (!status.ok()) return status;
  return BenchSession(std::move(parts));
}

Status BenchSession::load_parts(Parts& parts) {
  BenchInfo& info = parts.info;
  operators::register_operators();
  parts.module = std::make_unique<Module>(info.path, Module::LoadMode::Mmap);
  const Result<engine::MetadataMap> map = engine::read_metadata(*parts.module);
  if (!map.ok()) return map.status();
  const Result<engine::ModelMetadata> metadata =
      engine::ModelMetadata::from_map(*map);
  if (!metadata.ok()) {
    return invalid_data(info.path + ": " + metadata.status().message());
  }
  info.context_tokens = metadata->max_context_len;
  info.vocabulary_size = metadata->vocab_size;

  parts.io_manager = std::make_unique<llm::IOManager>(*parts.module);
  parts.decoder = std::make_unique<llm::TextDecoderRunner>(
      parts.module.get(), parts.io_manager.get());
  parts.prefiller = std::make_unique<llm::TextPrefiller>(
      parts.decoder.get(), metadata->use_kv_cache,
      metadata->enable_dynamic_shape, metadata->max_seq_len);
  const Error error = parts.prefiller->load();
  if (error == Error::Ok) return {};
  return invalid_data(info.path + " cannot be loaded (" +
                      executorch::runtime::to_string(error) +
                      "); -v shows what the runtime says");
}

Status BenchSession::prefill(const std::vector<std::uint64_t>& tokens) {
  std::vector<std::uint64_t> prompt = tokens;
  std::int64_t position = 0;
  if (parts_->prefiller->prefill(prompt, position).ok()) return {};
  return invalid_argument(parts_->info.path + " refused a prompt of " +
                          std::to_string(tokens.size()) +
                          " tokens; -v shows what the runtime says");
}

Status BenchSession::decode(const std::vector<std::uint64_t>& tokens) {
  std::int64_t token = 0;
  auto tensor = executorch::extension::from_blob(
      &token, {1, 1}, executorch::aten::ScalarType::Long);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    token = static_cast<std::int64_t>(tokens[i]);
    if (parts_->decoder->step(tensor, static_cast<std::int64_t>(i)).ok()) {
      continue;
    }
    return invalid_argument(parts_->info.path + " failed at token " +
                            std::to_string(i) +
                            "; -v shows what the runtime says");
  }
  return {};
}

}  // namespace etllm::cli
