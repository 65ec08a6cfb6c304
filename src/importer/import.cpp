#include "importer/import.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "importer/architectures/architecture.h"
#include "importer/graph/decoder_graph.h"
#include "importer/graph/weight_store.h"
#include "importer/model_description.h"
#include "importer/source/model_source.h"
#include "program/program_builder.h"

namespace etllm::importer {
namespace {

using program::ConstantData;
using program::ProgramBuilder;

// Larger contexts take much memory as they fill, and few need them: they have
// to be asked for.
constexpr std::uint32_t kDefaultMaxContext = 8'192;

// Logits of one position of a large vocabulary take half a megabyte.
constexpr std::uint32_t kMaxTokensWithLogits = 128;

Status check_paths(const std::string& input, const std::string& output) {
  if (output.empty()) {
    return invalid_argument(
        "there is no name for the output; give the path of a .pte file");
  }
  std::error_code ignored;
  if (std::filesystem::equivalent(input, output, ignored)) {
    return invalid_argument("'" + output +
                            "' is the input as well; choose another output");
  }
  return {};
}

/// A folder has several files that must not be replaced.
Status check_output_is_no_input(const ModelSource& source,
                                const std::string& output) {
  std::set<const MappedFile*> files;
  for (const SourceTensor& tensor : source.tensors()) {
    files.insert(tensor.file);
  }
  for (const MappedFile* file : files) {
    Status status = check_paths(file->path(), output);
    if (!status.ok()) return status;
  }
  return {};
}

/// The sizes that the options leave to the model.
Result<DecoderLimits> choose_limits(const ModelSource& source,
                                    const DecoderShape& shape,
                                    const ImportOptions& options) {
  const std::uint32_t limit = shape.context_tokens;
  if (options.context_tokens > limit) {
    return invalid_argument(
        "a context of " + std::to_string(options.context_tokens) +
        " tokens is more than the " + std::to_string(limit) + " that '" +
        source.path() + "' was made for; choose at most that");
  }
  if (options.prefill_chunk_tokens == 0) {
    return invalid_argument(
        "a prefill chunk of 0 tokens is impossible; choose at least 1");
  }
  DecoderLimits limits;
  limits.context_tokens = options.context_tokens != 0
                              ? options.context_tokens
                              : std::min(limit, kDefaultMaxContext);
  limits.chunk_tokens =
      std::min(options.prefill_chunk_tokens, limits.context_tokens);
  limits.kv_type = options.kv_type;
  return limits;
}

Result<ModelTexts> read_texts(const ModelSource& source,
                              const DecoderShape& shape) {
  auto texts = source.read_texts();
  if (!texts.ok()) return texts;
  const auto refuse = [&](const std::string& what) {
    return invalid_data("'" + source.path() + "': " + what + ", the model " +
                        std::to_string(shape.vocabulary) +
                        "; use the tokenizer that belongs to the model");
  };
  if (texts->token_count > shape.vocabulary) {
    return refuse("the tokenizer has " + std::to_string(texts->token_count) +
                  " tokens");
  }
  const auto is_unknown = [&](std::int64_t id) {
    return id >= static_cast<std::int64_t>(shape.vocabulary);
  };
  if (texts->bos && is_unknown(*texts->bos)) {
    return refuse("every text begins with token " +
                  std::to_string(*texts->bos) + " of the tokenizer");
  }
  // What the model cannot choose ends no answer.
  std::erase_if(texts->eos, is_unknown);
  return texts;
}

Status add_methods(const DecoderModel& model, const DecoderLimits& limits,
                   WeightStore& weights, ProgramBuilder& program) {
  Status status =
      build_decoder(model, limits, limits.chunk_tokens, LogitsOf::kLastPosition,
                    weights, program.add_method("forward"));
  if (!status.ok()) return status;
  return build_decoder(
      model, limits, std::min(limits.chunk_tokens, kMaxTokensWithLogits),
      LogitsOf::kEveryPosition, weights, program.add_method("all_logits"));
}

/// Constant methods that the framework's runners ask for.
void add_metadata(const DecoderModel& model, const DecoderLimits& limits,
                  const ModelTexts& texts, ProgramBuilder& program) {
  const auto add_int = [&](const char* name, std::int64_t value) {
    program.add_constant_method(name, value);
  };
  add_int("get_max_seq_len", limits.chunk_tokens);
  add_int("get_max_context_len", limits.context_tokens);
  if (const auto ring = smallest_ring(model, limits); ring != 0) {
    add_int("get_ring_len", ring);
  }
  add_int("get_vocab_size", model.shape.vocabulary);
  add_int("get_n_layers", model.shape.layers);
  if (texts.bos) add_int("get_bos_id", *texts.bos);
  if (!texts.eos.empty()) {
    program.add_constant_method("get_eos_ids", texts.eos);
  }
  program.add_constant_method("use_kv_cache", true);
  program.add_constant_method("use_sdpa_with_kv_cache", true);
  program.add_constant_method("enable_dynamic_shape", true);
}

/// The keys by which the engine finds them.
void add_texts(ModelTexts texts, std::string description,
               ProgramBuilder& program) {
  for (auto& [key, text] : texts.tokenizer_files) {
    program.add_named_data(key, ConstantData::from_string(std::move(text)));
  }
  if (!texts.chat_template.empty()) {
    program.add_named_data(
        "chat_template.jinja",
        ConstantData::from_string(std::move(texts.chat_template)));
  }
  program.add_named_data("etllm.json",
                         ConstantData::from_string(std::move(description)));
}

std::uint64_t file_bytes(const std::string& path) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);
  return error ? 0 : bytes;
}

ImportReport make_report(const ModelSource& source, const DecoderModel& model,
                         const DecoderLimits& limits,
                         const WeightStore& weights) {
  ImportReport report;
  report.model_name = model_name(source);
  report.architecture = model.architecture;
  report.formats = weights.formats_text();
  report.parameter_count = weights.parameter_count();
  report.input_bytes = source.size_bytes();
  report.context_tokens = limits.context_tokens;
  report.prefill_chunk_tokens = limits.chunk_tokens;
  return report;
}

}  // namespace

Result<ImportReport> import_model(const std::string& input,
                                  const std::string& output,
                                  const ImportOptions& options) {
  Status status = check_paths(input, output);
  if (!status.ok()) return status;
  const auto opened = open_model(input);
  if (!opened.ok()) return opened.status();
  const ModelSource& source = **opened;
  status = check_output_is_no_input(source, output);
  if (!status.ok()) return status;
  const auto model = read_decoder_model(source, options.description_path);
  if (!model.ok()) return model.status();
  const auto limits = choose_limits(source, model->shape, options);
  if (!limits.ok()) return limits.status();
  auto texts = read_texts(source, model->shape);
  if (!texts.ok()) return texts.status();

  ProgramBuilder program;
  WeightStore weights({options.quantization, options.tensor_quantizations},
                      program);
  status = add_methods(*model, *limits, weights, program);
  if (status.ok()) status = weights.check_choices();
  if (!status.ok()) return status;
  add_metadata(*model, *limits, *texts, program);

  ImportReport report = make_report(source, *model, *limits, weights);
  report.has_chat_template = !texts->chat_template.empty();
  std::string description =
      describe_model(source, *model, report, limits->kv_type, texts->sampling);
  add_texts(std::move(*texts), std::move(description), program);
  status = program.write(output, options.progress);
  if (!status.ok()) return status;
  report.output_bytes = file_bytes(output);
  return report;
}

}  // namespace etllm::importer
