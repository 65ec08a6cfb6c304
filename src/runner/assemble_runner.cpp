#include "runner/assemble_runner.h"

#include <executorch/extension/llm/runner/llm_runner_helper.h>

#include <utility>

#include "base/mapped_file.h"
#include "operators/register.h"
#include "program/program_check.h"
#include "runner/file_loader.h"
#include "runner/llm_metadata.h"

namespace etllm::runner {

namespace llm = executorch::extension::llm;
using executorch::extension::Module;

namespace {

/// Whatever is not said to be read is mapped.
Result<MappedFile> open_file(const std::string& path,
                             Module::LoadMode load_mode) {
  if (load_mode == Module::LoadMode::File) return MappedFile::read(path);
  auto file = MappedFile::open(path);
  // A disk is fastest when it knows early that everything will be needed.
  if (file.ok()) file->read_ahead();
  return file;
}

FileLoader::Lock lock_of(Module::LoadMode load_mode) {
  switch (load_mode) {
    case Module::LoadMode::MmapUseMlock:
      return FileLoader::Lock::kYes;
    case Module::LoadMode::MmapUseMlockIgnoreErrors:
      return FileLoader::Lock::kIfAllowed;
    default:
      return FileLoader::Lock::kNo;
  }
}

}  // namespace

Result<std::unique_ptr<Module>> open_module(
    const ModelFiles& files,
    std::unique_ptr<executorch::runtime::EventTracer> event_tracer) {
  // Programs with data files are not ours: the framework loads them.
  const bool is_ours = files.data_files.empty();
  auto program =
      open_file(files.path, is_ours ? files.load_mode : Module::LoadMode::Mmap);
  if (!program.ok()) return program.status();
  // The runtime trusts what a file says about itself.
  const Status status = program::check_program(program->bytes(), files.path);
  if (!status.ok()) return status;
  // The runtime tells nothing but a number when one cannot be read.
  for (const std::string& data_file : files.data_files) {
    const auto file = open_file(data_file, Module::LoadMode::Mmap);
    if (!file.ok()) return file.status();
  }
  operators::register_operators();
  if (!is_ours) {
    return std::make_unique<Module>(files.path, files.data_files,
                                    files.load_mode, std::move(event_tracer));
  }
  return std::make_unique<Module>(
      std::make_unique<FileLoader>(*std::move(program),
                                   lock_of(files.load_mode)),
      nullptr, nullptr, std::move(event_tracer));
}

DecoderRunners make_decoder_runners(Module& module, llm::IOManager& io_manager,
                                    const std::string& method_name,
                                    llm::Stats* stats) {
  const auto make = [&](const std::string& method) {
    return std::make_unique<llm::TextDecoderRunner>(&module, &io_manager,
                                                    method, nullptr, stats);
  };
  const auto names = module.method_names();
  const bool has_two_methods = names.ok() &&
                               method_name == llm::kForwardMethod &&
                               names->count(llm::kForwardMethod) == 0 &&
                               names->count(llm::kPrefillMethod) > 0 &&
                               names->count(llm::kDecodeMethod) > 0;
  DecoderRunners runners;
  runners.decode = make(has_two_methods ? llm::kDecodeMethod : method_name);
  if (has_two_methods) runners.prefill = make(llm::kPrefillMethod);
  return runners;
}

Result<std::unique_ptr<llm::TextLLMRunner>> assemble_runner(RunnerParts parts) {
  if (parts.tokenizer == nullptr) {
    return invalid_argument("there is no tokenizer for '" + parts.model_path +
                            "'; load one with load_tokenizer()");
  }
  const auto metadata = read_llm_metadata(parts.tokenizer.get(), *parts.module);
  if (!metadata.ok()) {
    return Status(metadata.status().code(),
                  "'" + parts.model_path + "': " + metadata.status().message());
  }
  auto eos_ids = std::make_unique<std::unordered_set<uint64_t>>(
      llm::get_eos_ids(parts.tokenizer.get(), parts.module.get()));
  auto io_manager = std::make_unique<llm::IOManager>(*parts.module);
  auto stats = std::make_unique<llm::Stats>();
  auto decoders = make_decoder_runners(*parts.module, *io_manager,
                                       parts.method_name, stats.get());
  const bool use_kv_cache = metadata->at(llm::kUseKVCache) != 0;
  auto prefiller = std::make_unique<llm::TextPrefiller>(
      decoders.prefill ? decoders.prefill.get() : decoders.decode.get(),
      use_kv_cache, metadata->at(llm::kEnableDynamicShape) != 0,
      metadata->at(llm::kMaxSeqLen));
  auto generator = std::make_unique<llm::TextTokenGenerator>(
      parts.tokenizer.get(), decoders.decode.get(), use_kv_cache,
      std::move(eos_ids), stats.get());
  auto runner = std::make_unique<llm::TextLLMRunner>(
      *metadata, std::move(parts.tokenizer), std::move(parts.module),
      std::move(decoders.decode), std::move(prefiller), std::move(io_manager),
      std::move(generator), std::move(stats), parts.temperature,
      std::move(decoders.prefill));
  runner->set_model_name(std::move(parts.model_path));
  return runner;
}

}  // namespace etllm::runner
