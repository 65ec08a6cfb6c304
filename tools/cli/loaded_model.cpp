#include "cli/loaded_model.h"

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/extension/llm/runner/util.h>

#include <utility>

#include "base/mapped_file.h"
#include "engine/model_assets.h"
#include "importer/gguf/file_signature.h"
#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"

namespace etllm::cli {

namespace llm = executorch::extension::llm;

std::string piece_of(const tokenizers::Tokenizer& tokenizer,
                     std::uint64_t token) {
  const auto piece = tokenizer.id_to_piece(token);
  return piece.ok() ? piece.get() : std::string();
}

Status check_not_gguf(const std::string& path) {
  const Result<MappedFile> file = MappedFile::open(path);
  // What is wrong with other files is told by whoever reads them.
  if (!file.ok() || !importer::has_gguf_magic(file->bytes())) return {};
  const std::string stem =
      path.ends_with(".gguf") ? path.substr(0, path.size() - 5) : path;
  return invalid_argument(path +
                          " is a GGUF file; import it first: etllm import " +
                          path + " -o " + stem + ".pte");
}

Status configure_engine(const EngineOptions& options) {
  Status status = check_not_gguf(options.model);
  if (!status.ok()) return status;
  if (options.threads > 0) kernels::set_thread_count(options.threads);
  status = kernels::select_kernels(options.kernels);
  if (status.ok()) return status;
  return invalid_argument("--kernels " + options.kernels + ": " +
                          status.message());
}

executorch::extension::Module::LoadMode load_mode(
    const EngineOptions& options) {
  using LoadMode = executorch::extension::Module::LoadMode;
  if (options.no_mmap) return LoadMode::File;
  return options.mlock ? LoadMode::MmapUseMlock : LoadMode::Mmap;
}

std::string load_hint(const EngineOptions& options) {
  return options.mlock ? "; --mlock needs a limit of locked memory (ulimit -l) "
                         "as large as the model"
                       : "";
}

Result<LoadedModel> load_model(const EngineOptions& options,
                               const std::string& tokenizer_path) {
  const long start_ms = llm::time_in_ms();
  const Status status = configure_engine(options);
  if (!status.ok()) return status;

  std::string sentence;
  LoadedModel model;
  model.path = options.model;
  llm::TextLLMRunnerOptions runner_options;
  runner_options.model_path = options.model;
  runner_options.tokenizer_path = tokenizer_path;
  runner_options.load_mode = load_mode(options);
  model.runner = llm::open_text_llm_runner(runner_options, &sentence);
  if (!model.runner) return invalid_data(sentence + load_hint(options));

  const Result<engine::ModelAssets> assets =
      engine::read_model_assets(options.model);
  if (!assets.ok()) return assets.status();
  model.chat_template = assets->chat_template.value_or("");
  model.sampling = read_model_sampling(assets->description_json.value_or(""));
  const tokenizers::Tokenizer& tokenizer = *model.runner->tokenizer();
  model.bos_token = piece_of(tokenizer, tokenizer.bos_tok());
  model.eos_token = piece_of(tokenizer, tokenizer.eos_tok());
  model.load_ms = llm::time_in_ms() - start_ms;
  return model;
}

}  // namespace etllm::cli
