#include "cli/bench_session.h"

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
#include "program/program_summary.h"
#include "runner/assemble_runner.h"

namespace etllm::cli {

namespace llm = executorch::extension::llm;
using executorch::extension::Module;
using executorch::runtime::Error;

/// In lifetime order: each part borrows from those before it.
struct BenchSession::Parts {
  BenchInfo info;
  std::unique_ptr<Module> module;
  OperatorProfile* profile = nullptr;  ///< The module's, if there is one.
  std::unique_ptr<llm::IOManager> io_manager;
  runner::DecoderRunners decoders;
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

/// What is executed in its scope counts, as a method of that name.
class ProfiledScope {
 public:
  ProfiledScope(OperatorProfile* profile, const std::string& method)
      : profile_(profile) {
    if (profile_ != nullptr) profile_->enable(method);
  }
  ~ProfiledScope() {
    if (profile_ != nullptr) profile_->disable();
  }
  ProfiledScope(const ProfiledScope&) = delete;
  ProfiledScope& operator=(const ProfiledScope&) = delete;

 private:
  OperatorProfile* profile_;
};

}  // namespace

BenchSession::BenchSession(std::unique_ptr<Parts> parts)
    : parts_(std::move(parts)) {}
BenchSession::BenchSession(BenchSession&&) noexcept = default;
BenchSession::~BenchSession() = default;

const BenchInfo& BenchSession::info() const { return parts_->info; }

Result<BenchSession> BenchSession::open(const EngineOptions& options,
                                        bool profiles) {
  Status status = configure_engine(options);
  if (!status.ok()) return status;
  auto parts = std::make_unique<Parts>();
  BenchInfo& info = parts->info;
  info.path = options.model;
  info.threads = static_cast<int>(kernels::thread_count());
  info.kernels = std::string(kernels::active_kernels().name);

  const Result<engine::ModelAssets> assets =
      engine::read_model_assets(options.model);
  if (!assets.ok()) return assets.status();
  describe_model(*assets, info);
  const Result<MappedFile> file = MappedFile::open(options.model);
  if (!file.ok()) return file.status();
  info.size_bytes = file->bytes().size();

  status = load_parts(*parts, options, profiles);
  if (!status.ok()) return status;
  return BenchSession(std::move(parts));
}

Status BenchSession::load_parts(Parts& parts, const EngineOptions& options,
                                bool profiles) {
  BenchInfo& info = parts.info;
  std::unique_ptr<OperatorProfile> profile;
  if (profiles) {
    Result<program::ProgramSummary> summary =
        program::summarize_program(info.path);
    if (!summary.ok()) return summary.status();
    profile = std::make_unique<OperatorProfile>(std::move(summary->methods));
    parts.profile = profile.get();
  }
  auto module = runner::open_module({info.path, {}, load_mode(options)},
                                    std::move(profile));
  if (!module.ok()) return module.status();
  parts.module = *std::move(module);
  const Result<engine::MetadataMap> map = engine::read_metadata(*parts.module);
  if (!map.ok()) {
    return invalid_data(info.path + ": " + map.status().message() +
                        load_hint(options));
  }
  const Result<engine::ModelMetadata> metadata =
      engine::ModelMetadata::from_map(*map);
  if (!metadata.ok()) {
    return invalid_data(info.path + ": " + metadata.status().message());
  }
  info.context_tokens = metadata->max_context_len;
  info.vocabulary_size = metadata->vocab_size;

  parts.io_manager = std::make_unique<llm::IOManager>(*parts.module);
  parts.decoders = runner::make_decoder_runners(
      *parts.module, *parts.io_manager, llm::kForwardMethod);
  llm::TextDecoderRunner* const decoder = parts.decoders.decode.get();
  parts.prefiller = std::make_unique<llm::TextPrefiller>(
      parts.decoders.prefill ? parts.decoders.prefill.get() : decoder,
      metadata->use_kv_cache, metadata->enable_dynamic_shape,
      metadata->max_seq_len);
  Error error = parts.prefiller->load();
  if (error == Error::Ok) error = decoder->load();
  if (error == Error::Ok) return {};
  return invalid_data(info.path + " cannot be loaded (" +
                      executorch::runtime::to_string(error) +
                      "); -v shows what the runtime says" + load_hint(options));
}

Status BenchSession::prefill(const std::vector<std::uint64_t>& tokens,
                             std::int64_t position) {
  std::vector<std::uint64_t> prompt = tokens;
  const ProfiledScope scope(parts_->profile, parts_->decoders.prefill
                                                 ? llm::kPrefillMethod
                                                 : llm::kForwardMethod);
  if (parts_->prefiller->prefill(prompt, position).ok()) return {};
  return invalid_argument(parts_->info.path + " refused a prompt of " +
                          std::to_string(tokens.size()) +
                          " tokens; -v shows what the runtime says");
}

Status BenchSession::decode(const std::vector<std::uint64_t>& tokens,
                            std::int64_t position) {
  std::int64_t token = 0;
  auto tensor = executorch::extension::from_blob(
      &token, {1, 1}, executorch::aten::ScalarType::Long);
  const ProfiledScope scope(parts_->profile, parts_->decoders.prefill
                                                 ? llm::kDecodeMethod
                                                 : llm::kForwardMethod);
  for (const std::uint64_t next : tokens) {
    token = static_cast<std::int64_t>(next);
    if (!parts_->decoders.decode->step(tensor, position).ok()) {
      return invalid_argument(parts_->info.path + " failed at position " +
                              std::to_string(position) +
                              "; -v shows what the runtime says");
    }
    ++position;
  }
  return {};
}

std::vector<ProfileRow> BenchSession::take_profile() {
  return parts_->profile == nullptr ? std::vector<ProfileRow>()
                                    : parts_->profile->take_rows();
}

}  // namespace etllm::cli
