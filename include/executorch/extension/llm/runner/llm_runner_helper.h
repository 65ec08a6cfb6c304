#pragma once

// Makes runners and tokenizers from files, and reads what a model says about
// itself.

#include <executorch/extension/llm/runner/constants.h>
#include <executorch/extension/module/module.h>
#include <executorch/runtime/core/event_tracer.h>
#include <executorch/runtime/core/result.h>
#include <pytorch/tokenizers/tokenizer.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace executorch {
namespace extension {
namespace llm {

class LLMEngine;
class TextLLMRunner;

/// Loads a tokenizer; the content of the file decides what it is: a Hugging
/// Face `tokenizer.json`, a `.pte` that holds one, Mistral's `tekken.json`, a
/// TikToken file, a SentencePiece model, or llama2.c's `tokenizer.bin`; of a
/// folder, the file in it. `special_tokens`, `pattern` and the indices of BOS
/// and EOS among `special_tokens` are what a TikToken file does not say;
/// without `special_tokens` they are Llama 3's, and so is the pattern. Returns
/// nullptr after logging the reason; `error_message`, when given, receives it
/// too.
std::unique_ptr<::tokenizers::Tokenizer> load_tokenizer(
    const std::string& tokenizer_path,
    std::unique_ptr<std::vector<std::string>> special_tokens = nullptr,
    std::optional<std::string> pattern = std::nullopt,
    size_t bos_token_index = 0, size_t eos_token_index = 1,
    std::string* error_message = nullptr);

/// Makes a runner for the text model in `model_path`; call `load()` or just
/// `generate()` on it. Returns nullptr after logging the reason: no tokenizer,
/// a file that is missing or not a program, or metadata that contradict each
/// other. A `temperature` of 0 or more overrides the one in GenerationConfig.
/// A model without "forward" may have two methods that share their memory,
/// "prefill" and "decode".
std::unique_ptr<TextLLMRunner> create_text_llm_runner(
    const std::string& model_path,
    std::unique_ptr<::tokenizers::Tokenizer> tokenizer,
    std::optional<const std::string> data_path, float temperature = -1.0f,
    const std::string& method_name = "forward",
    Module::LoadMode load_mode = Module::LoadMode::Mmap);

/// The same with any number of data files, and a tracer for profiling.
std::unique_ptr<TextLLMRunner> create_text_llm_runner(
    const std::string& model_path,
    std::unique_ptr<::tokenizers::Tokenizer> tokenizer,
    std::vector<std::string> data_files = {}, float temperature = -1.0f,
    std::unique_ptr<::executorch::runtime::EventTracer> event_tracer = nullptr,
    const std::string& method_name = "forward",
    Module::LoadMode load_mode = Module::LoadMode::Mmap);

/// What `open_text_llm_runner` opens.
struct TextLLMRunnerOptions {
  std::string model_path;
  /// Empty: the tokenizer inside the model.
  std::string tokenizer_path{};
  std::vector<std::string> data_files{};
  std::string method_name = "forward";
  Module::LoadMode load_mode = Module::LoadMode::Mmap;
};

/// Opens model and tokenizer and loads them, so that the first answer does not
/// wait. Returns nullptr after logging the reason; `error_message`, when
/// given, receives it too.
std::unique_ptr<TextLLMRunner> open_text_llm_runner(
    const TextLLMRunnerOptions& options, std::string* error_message = nullptr);

/// Opens a model for several conversations (llm_session.h), which share its
/// weights. Returns nullptr after logging the reason.
std::unique_ptr<LLMEngine> create_text_llm_engine(
    const std::string& model_path,
    std::unique_ptr<::tokenizers::Tokenizer> tokenizer,
    std::vector<std::string> data_files = {},
    const std::string& method_name = "forward");

/// The constants.h keys of the model, completed from the tokenizer, which may
/// be nullptr. InvalidArgument when the model does not say how long a sequence
/// may be.
::executorch::runtime::Result<std::unordered_map<std::string, int64_t>>
get_llm_metadata(::tokenizers::Tokenizer* tokenizer, Module* module);

/// The ids that end an answer: those of the model and that of the tokenizer,
/// which may be nullptr.
std::unordered_set<uint64_t> get_eos_ids(::tokenizers::Tokenizer* tokenizer,
                                         Module* module);

}  // namespace llm
}  // namespace extension
}  // namespace executorch
