#include "cli/loaded_model.h"

#include <executorch/extension/llm/runner/llm_runner_helper.h>

#include <utility>

#include "engine/model_assets.h"
#include "kernels/dispatch/select.h"
#include "kernels/threading/parallel.h"

namespace etllm::cli {
namespace {

namespace llm = executorch::extension::llm;

/// The text of a token, empty when the id is not one.
std::string piece_of(const tokenizers::Tokenizer& tokenizer,
                     std::uint64_t token) {
  const auto piece = tokenizer.id_to_piece(token);
  return piece.ok() ? piece.get() : std::string();
}

}  // namespace

Status configure_engine(const EngineOptions& options) {
  if (options.threads > 0) kernels::set_thread_count(options.threads);
  const Status status = kernels::select_kernels(options.kernels);
  if (status.ok()) return status;
  return invalid_argument("--kernels " + options.kernels + ": " +
                          status.message());
}

Result<LoadedModel> load_model(const EngineOptions& options,
                               const std::string& tokenizer_path) {
  const Status status = configure_engine(options);
  if (!status.ok()) return status;

  std::string sentence;
  LoadedModel model;
  llm::TextLLMRunnerOptions runner_options;
  runner_options.model_path = options.model;
  runner_options.tokenizer_path = tokenizer_path;
  model.runner =
      llm::open_text_llm_runner(std::move(runner_options), &sentence);
  if (!model.runner) return invalid_data(sentence);

  model.chat_template = engine::read_chat_template(*model.runner->module());
  const tokenizers::Tokenizer& tokenizer = *model.runner->tokenizer();
  model.bos_token = piece_of(tokenizer, tokenizer.bos_tok());
  model.eos_token = piece_of(tokenizer, tokenizer.eos_tok());
  return model;
}

}  // namespace etllm::cli
