// `etllm perplexity`: how well a model foretells a text, as llama-perplexity
// measures it, and how far its distributions are from a reference's.

#include <executorch/extension/llm/runner/llm_runner_helper.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/input.h"
#include "cli/loaded_model.h"
#include "cli/perplexity_report.h"
#include "cli/terminal.h"
#include "evaluation/evaluate.h"
#include "evaluation/model_logits.h"
#include "evaluation/vocabulary_check.h"

namespace etllm::cli {
namespace {

using evaluation::EvaluationScores;
using evaluation::EvaluationText;
using evaluation::ModelLogits;
using tokenizers::Tokenizer;

Result<std::unique_ptr<Tokenizer>> open_tokenizer(const std::string& path) {
  std::string sentence;
  auto tokenizer = executorch::extension::llm::load_tokenizer(
      path, nullptr, std::nullopt, /*bos_token_index=*/0,
      /*eos_token_index=*/1, &sentence);
  if (tokenizer == nullptr) return invalid_data(sentence);
  return tokenizer;
}

Result<std::string> read_text(const PerplexityOptions& options) {
  const bool has_file = !options.text_file.empty();
  Result<std::string> text =
      has_file ? read_text_file(options.text_file) : text_or_stdin({});
  if (!text.ok() || !text->empty()) return text;
  return invalid_argument(has_file
                              ? "'" + options.text_file + "' is empty"
                              : "there is no text; give one with -f FILE or "
                                "through standard input");
}

/// The ids, and the token that begins each window where the tokenizer's
/// sequences begin with one.
Result<EvaluationText> tokenize(const Tokenizer& tokenizer,
                                const std::string& text) {
  auto tokens = tokenizer.encode(text, /*bos=*/1);
  const auto bare = tokenizer.encode({}, /*bos=*/0);
  const auto with_bos = tokenizer.encode({}, /*bos=*/1);
  if (!tokens.ok() || !bare.ok() || !with_bos.ok()) {
    return invalid_data("the text cannot be tokenized");
  }
  EvaluationText result;
  result.tokens = std::move(tokens.get());
  if (with_bos->size() > bare->size()) result.bos = tokenizer.bos_tok();
  return result;
}

Result<std::unique_ptr<ModelLogits>> open_model(const std::string& path,
                                                const std::string& kernels,
                                                const EngineOptions& options,
                                                std::size_t window_tokens) {
  auto model = ModelLogits::open({path, load_mode(options), kernels});
  if (!model.ok()) {
    return invalid_data(model.status().message() + load_hint(options));
  }
  if (window_tokens > (*model)->context_tokens()) {
    return invalid_argument("windows of " + std::to_string(window_tokens) +
                            " tokens are more than the " +
                            std::to_string((*model)->context_tokens()) +
                            " of the context of '" + path +
                            "'; choose a smaller -c");
  }
  return model;
}

/// The reference, where there is one; else null.
Result<std::unique_ptr<ModelLogits>> open_reference(
    const PerplexityOptions& options, const Tokenizer& tokenizer) {
  if (options.reference.empty()) return std::unique_ptr<ModelLogits>();
  Status status = check_not_gguf(options.reference);
  if (!status.ok()) return status;
  // A model without a tokenizer is compared by its number of logits alone.
  const auto theirs = open_tokenizer(options.reference);
  if (theirs.ok()) {
    status = evaluation::check_same_vocabulary(tokenizer, **theirs);
    if (!status.ok()) {
      return invalid_argument("'" + options.engine.model + "' and '" +
                              options.reference + "': " + status.message());
    }
  }
  const std::string& kernels = options.reference_kernels.empty()
                                   ? options.engine.kernels
                                   : options.reference_kernels;
  return open_model(options.reference, kernels, options.engine,
                    options.window_tokens);
}

Result<EvaluationScores> score_text(const PerplexityOptions& options,
                                    const Tokenizer& tokenizer,
                                    const EvaluationText& text) {
  const auto plan = evaluation::plan_windows(
      text.tokens.size(), options.window_tokens, options.max_windows);
  if (!plan.ok()) return plan.status();
  const auto model = open_model(options.engine.model, options.engine.kernels,
                                options.engine, options.window_tokens);
  if (!model.ok()) return model.status();
  const auto reference = open_reference(options, tokenizer);
  if (!reference.ok()) return reference.status();
  WindowProgress progress(plan->windows);
  return evaluation::evaluate(
      {**model, reference->get()}, text, *plan,
      [&](std::size_t done, const EvaluationScores& scores) {
        progress.update(done, scores);
      });
}

Result<EvaluationScores> score(const PerplexityOptions& options) {
  const Status status = configure_engine(options.engine);
  if (!status.ok()) return status;
  const Result<std::string> text = read_text(options);
  if (!text.ok()) return text.status();
  const auto tokenizer = open_tokenizer(
      options.tokenizer.empty() ? options.engine.model : options.tokenizer);
  if (!tokenizer.ok()) return tokenizer.status();
  const auto tokens = tokenize(**tokenizer, *text);
  if (!tokens.ok()) return tokens.status();
  return score_text(options, **tokenizer, *tokens);
}

}  // namespace

int perplexity_command(const PerplexityOptions& options) {
  auto scores = score(options);
  if (!scores.ok()) return fail(scores.status().message());
  print_scores(std::move(*scores));
  return 0;
}

}  // namespace etllm::cli
