// `etllm import`: a GGUF file or a folder becomes a .pte.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "importer/import.h"

namespace etllm::cli {
namespace {

using importer::ImportOptions;
using importer::ImportReport;

Result<ImportOptions> import_options(const ImportCommandOptions& options) {
  ImportOptions parsed;
  const auto quantization = importer::parse_quantization(options.quantization);
  if (!quantization) {
    return invalid_argument("--quant " + options.quantization +
                            " is unknown; use keep, q4, q8, f16, bf16 or f32");
  }
  const auto kv_type = importer::parse_kv_type(options.kv_type);
  if (!kv_type) {
    return invalid_argument("--kv " + options.kv_type +
                            " is unknown; use f16, f32 or q8");
  }
  parsed.quantization = *quantization;
  parsed.kv_type = *kv_type;
  for (const std::string& text : options.tensor_quantizations) {
    const auto exception = importer::parse_tensor_quantization(text);
    if (!exception) {
      return invalid_argument(
          "--quant-tensor " + text +
          " is not PATTERN=TYPE; types are keep, q4, q8, f16, bf16 and f32");
    }
    parsed.tensor_quantizations.push_back(*exception);
  }
  parsed.context_tokens = options.context_tokens;
  parsed.description_path = options.description;
  if (options.prefill_chunk_tokens != 0) {
    parsed.prefill_chunk_tokens = options.prefill_chunk_tokens;
  }
  return parsed;
}

void print_summary(const std::string& output, const ImportReport& report,
                   double seconds) {
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), "%.1f s", seconds);
  note(output + ": " + report.model_name + ", " + report.formats + ", " +
       format_bytes(report.output_bytes) + " in " + time.data());
}

}  // namespace

int import_command(const ImportCommandOptions& options,
                   InterruptWatcher& interrupts) {
  Result<ImportOptions> parsed = import_options(options);
  if (!parsed.ok()) return fail_usage(parsed.status().message());

  std::atomic<bool> is_cancelled = false;
  const InterruptScope scope(interrupts, [&] { is_cancelled = true; });
  const auto start = std::chrono::steady_clock::now();
  std::optional<ProgressBar> bar(std::in_place, "Importing");
  parsed->progress = [&](std::uint64_t done, std::uint64_t total) {
    bar->update(done, total);
    return !is_cancelled;
  };
  const auto report =
      importer::import_model(options.input, options.output, *parsed);
  bar.reset();
  if (!report.ok()) {
    fail(report.status().message());
    return report.status().code() == StatusCode::kCancelled
               ? kInterruptedExitCode
               : kFailureExitCode;
  }
  const std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start;
  print_summary(options.output, *report, elapsed.count());
  return 0;
}

}  // namespace etllm::cli
