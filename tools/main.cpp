// etllm: the command line. Defines the commands and their options, and hands
// over to one function per command.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/log.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "kernels/dispatch/select.h"

namespace etllm::cli {
namespace {

/// CLI11 has no such check of its own.
CLI::Validator nonempty() {
  return {[](const std::string& text) {
            return text.empty() ? std::string("must not be empty")
                                : std::string();
          },
          "TEXT"};
}

CLI::Validator is_kernels_name() {
  const auto names = kernels::kernel_names();
  return CLI::IsMember(std::vector<std::string>(names.begin(), names.end()));
}

void add_memory_options(CLI::App& command, EngineOptions& options) {
  CLI::Option* const no_mmap = command.add_flag(
      "--no-mmap", options.no_mmap, "Read the model instead of mapping it");
  command
      .add_flag("--mlock", options.mlock,
                "Keep the model in RAM, never swapped out")
      ->excludes(no_mmap);
}

void add_engine_options(CLI::App& command, EngineOptions& options) {
  // The last one counts, so that a script may have a default.
  command.add_option("-m,--model", options.model, "The model, a .pte file")
      ->required()
      ->take_last();
  command
      .add_option("-t,--threads", options.threads,
                  "Threads (default: the physical cores it may use)")
      ->check(CLI::Range(1, 1024));
  command
      .add_option("--kernels", options.kernels,
                  "Instruction set; float is the reference, which does not "
                  "quantize activations")
      ->envname("ETLLM_KERNELS")
      ->check(is_kernels_name())
      ->capture_default_str();
  add_memory_options(command, options);
}

void add_sampling_options(CLI::App& command, RunOptions& options) {
  command
      .add_option("--temp,--temperature", options.temperature,
                  "Temperature; 0 always takes the likeliest token (default: "
                  "the model's, else 0.8)")
      ->check(CLI::NonNegativeNumber);
  command
      .add_option("--top-k", options.top_k,
                  "Sample from the k likeliest tokens; 0 from all (default: "
                  "the model's, else 40)")
      ->check(CLI::NonNegativeNumber);
  command
      .add_option("--top-p", options.top_p,
                  "Sample from the tokens that hold this share of probability "
                  "(default: the model's, else 0.95)")
      ->check(CLI::Range(0.0, 1.0));
  command
      .add_option("--min-p", options.min_p,
                  "Drop tokens below this share of the likeliest one (default: "
                  "the model's, else 0.05)")
      ->check(CLI::Range(0.0, 1.0));
  command
      .add_option("--repeat-penalty", options.repetition_penalty,
                  "Penalty of tokens that were there before; 1 is none "
                  "(default: the model's, else 1)")
      ->check(CLI::PositiveNumber);
  command.add_option("-s,--seed", options.seed,
                     "Seed; the same seed gives the same text");
}

/// One sentence, as for every other failure.
std::string usage_failure(const CLI::App*, const CLI::Error& error) {
  return std::string("error: ") + error.what() +
         "; --help shows what is possible\n";
}

CLI::App* add_run(CLI::App& app, RunOptions& options) {
  CLI::App* run = app.add_subcommand(
      "run", "Answer a prompt, or chat when there is none on a terminal");
  add_engine_options(*run, options.engine);
  run->add_option("prompt,-p,--prompt", options.prompt, "The prompt");
  run->add_option("-f,--file", options.prompt_file,
                  "Read the prompt from a file");
  run->add_option("--system", options.system, "The system message");
  run->add_option("--tokenizer", options.tokenizer,
                  "A tokenizer.json, for a model that holds none");
  run->add_option("-n,--n-predict", options.max_new_tokens,
                  "At most this many new tokens; -1 is until the model ends")
      ->check(CLI::Range(-1, std::numeric_limits<std::int32_t>::max()))
      ->capture_default_str();
  add_sampling_options(*run, options);
  run->add_option("--stop", options.stop, "Stop before this text; repeatable")
      ->allow_extra_args(false)
      ->check(nonempty());
  run->add_flag("--ignore-eos", options.ignore_eos,
                "Go on when the model says it is done");
  run->add_flag("--raw", options.raw,
                "Do not apply the chat template to the prompt");
  run->add_flag("--stats", options.stats,
                "Print times, speeds and memory at the end");
  return run;
}

CLI::App* add_import(CLI::App& app, ImportCommandOptions& options) {
  CLI::App* import = app.add_subcommand(
      "import", "Turn a GGUF file or a Hugging Face folder into .pte");
  import
      ->add_option("input", options.input,
                   "The GGUF file, or the folder with config.json")
      ->required();
  import->add_option("-o,--output", options.output, "The .pte file to write")
      ->required();
  import
      ->add_option("--quant", options.quantization,
                   "Type of the weights; keep is as they are")
      ->check(CLI::IsMember({"keep", "q4", "q8", "f16", "bf16", "f32"}))
      ->capture_default_str();
  import
      ->add_option("--quant-tensor", options.tensor_quantizations,
                   "PATTERN=TYPE: another type for the tensors whose names "
                   "match; repeatable, the last match counts")
      ->allow_extra_args(false)
      ->check(nonempty());
  import
      ->add_option("-c,--context", options.context_tokens,
                   "Tokens of context (default: the model's, up to 8192)")
      ->check(CLI::PositiveNumber);
  import
      ->add_option("--prefill-chunk", options.prefill_chunk_tokens,
                   "Most tokens of one prefill step (default: 512)")
      ->check(CLI::PositiveNumber);
  import->add_option("--kv", options.kv_type, "Type of the KV cache")
      ->check(CLI::IsMember({"f16", "f32", "q8"}))
      ->capture_default_str();
  import->add_option("--description", options.description,
                     "JSON file that describes the architecture");
  return import;
}

CLI::App* add_inspect(CLI::App& app, InspectOptions& options) {
  CLI::App* inspect = app.add_subcommand(
      "inspect", "Show what is in a .pte: methods, operators, weights, data");
  inspect->add_option("model,-m,--model", options.model, "The .pte file")
      ->required();
  inspect->add_flag("--weights", options.all_weights, "List every weight");
  return inspect;
}

CLI::App* add_tokenize(CLI::App& app, TokenizeOptions& options) {
  CLI::App* tokenize = app.add_subcommand(
      "tokenize", "Show the tokens of a text, or the text of tokens");
  tokenize
      ->add_option("-m,--model", options.model,
                   "A .pte with a tokenizer inside, or a tokenizer.json")
      ->required();
  tokenize->add_option("text,-p,--prompt", options.text,
                       "The text, or the ids with --decode (default: stdin)");
  tokenize->add_flag("--ids", options.ids_only, "Print only the list of ids");
  tokenize->add_flag("--no-bos", options.no_bos, "Without the BOS token");
  tokenize->add_flag("--decode", options.decode, "From ids to text");
  return tokenize;
}

CLI::App* add_bench(CLI::App& app, BenchOptions& options) {
  CLI::App* bench = app.add_subcommand(
      "bench", "Measure prefill (pp) and decode (tg) in tokens per second");
  add_engine_options(*bench, options.engine);
  bench
      ->add_option("-p,--n-prompt", options.prompt_tokens,
                   "Tokens of the prompt tests, comma-separated; 0 for none")
      ->delimiter(',')
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  bench
      ->add_option("-n,--n-gen", options.generated_tokens,
                   "Tokens of the generation tests; 0 for none")
      ->delimiter(',')
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  bench
      ->add_option("-d,--n-depth", options.depths,
                   "Tokens that are in the context before a test begins")
      ->delimiter(',')
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  bench->add_flag("--profile", options.profile,
                  "Print the time of each operator");
  bench->add_option("-r,--repetitions", options.repetitions, "Runs per test")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  bench->add_option("-o,--output", options.output_format, "md, csv or json")
      ->check(CLI::IsMember({"md", "csv", "json"}))
      ->capture_default_str();
  return bench;
}

CLI::App* add_perplexity(CLI::App& app, PerplexityOptions& options) {
  CLI::App* perplexity = app.add_subcommand(
      "perplexity", "Measure how well a model foretells a text");
  add_engine_options(*perplexity, options.engine);
  perplexity->add_option("-f,--file", options.text_file,
                         "The text (default: stdin)");
  perplexity->add_option("--tokenizer", options.tokenizer,
                         "A tokenizer.json, for a model that holds none");
  perplexity
      ->add_option("-c,--ctx-size", options.window_tokens,
                   "Tokens of a window; its second half is scored")
      ->check(CLI::Range(4, 1 << 20))
      ->capture_default_str();
  perplexity
      ->add_option("--chunks", options.max_windows,
                   "At most this many windows (default: the whole text)")
      ->check(CLI::Range(1, std::numeric_limits<std::int32_t>::max()));
  CLI::Option* const reference = perplexity->add_option(
      "--reference", options.reference,
      "A second .pte, from which the distributions of the first may diverge");
  perplexity
      ->add_option("--reference-kernels", options.reference_kernels,
                   "Instruction set of the reference (default: --kernels)")
      ->check(is_kernels_name())
      ->needs(reference);
  return perplexity;
}

int main_checked(int argc, char** argv) {
  // First of all, so that every thread inherits the blocked signals.
  InterruptWatcher interrupts;

  CLI::App app{"Runs language models with ExecuTorch.", "etllm"};
  app.set_version_flag("--version", std::string(ETLLM_VERSION));
  app.failure_message(usage_failure);
  app.require_subcommand(1);
  app.fallthrough();
  bool is_verbose = false;
  app.add_flag("-v,--verbose", is_verbose, "Show the runtime's log");

  RunOptions run_options;
  ImportCommandOptions import_options;
  InspectOptions inspect_options;
  TokenizeOptions tokenize_options;
  BenchOptions bench_options;
  PerplexityOptions perplexity_options;
  const CLI::App* run = add_run(app, run_options);
  const CLI::App* import = add_import(app, import_options);
  const CLI::App* inspect = add_inspect(app, inspect_options);
  const CLI::App* tokenize = add_tokenize(app, tokenize_options);
  const CLI::App* bench = add_bench(app, bench_options);
  add_perplexity(app, perplexity_options);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageExitCode;
  }
  install_log(is_verbose);
  if (run->parsed()) return run_command(run_options, interrupts);
  if (import->parsed()) return import_command(import_options, interrupts);
  if (inspect->parsed()) return inspect_command(inspect_options);
  if (tokenize->parsed()) return tokenize_command(tokenize_options);
  if (bench->parsed()) return bench_command(bench_options);
  return perplexity_command(perplexity_options);
}

int run_and_report(int argc, char** argv) {
  const int code = main_checked(argc, argv);
  const bool is_written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (code == 0 && !is_written) return fail("cannot write to standard output");
  return code;
}

}  // namespace
}  // namespace etllm::cli

int main(int argc, char** argv) {
  try {
    return etllm::cli::run_and_report(argc, argv);
  } catch (const std::exception& error) {
    // Only the lack of memory ends up here.
    return etllm::cli::fail(error.what());
  }
}
