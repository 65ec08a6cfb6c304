#pragma once

// The options of the commands, as the command line gives them. Names and
// defaults are the ones people know from other runners.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace etllm::cli {

/// How a model is run; `run`, `bench` and `perplexity` share it.
struct EngineOptions {
  std::string model;
  int threads = 0;  ///< 0: the physical cores this process may use.
  std::string kernels = "auto";
  bool mlock = false;    ///< Keep the weights in RAM.
  bool no_mmap = false;  ///< Read the file instead of mapping it.
};

inline constexpr float kDefaultTemperature = 0.8F;
inline constexpr std::int32_t kDefaultTopK = 40;
inline constexpr float kDefaultTopP = 0.95F;
inline constexpr float kDefaultMinP = 0.05F;
inline constexpr float kDefaultRepetitionPenalty = 1.0F;

/// `etllm run`.
struct RunOptions {
  EngineOptions engine;
  std::string prompt;
  std::string prompt_file;
  std::string system;
  std::string tokenizer;
  std::int32_t max_new_tokens = -1;
  // Absent: what the model's file says, else kDefaultTemperature and so on.
  std::optional<float> temperature;
  std::optional<std::int32_t> top_k;
  std::optional<float> top_p;
  std::optional<float> min_p;
  std::optional<float> repetition_penalty;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> stop;
  bool ignore_eos = false;
  bool raw = false;  ///< The prompt is the model's input as it stands.
  bool stats = false;
};

/// `etllm import`.
struct ImportCommandOptions {
  std::string input;
  std::string output;
  std::string quantization = "keep";
  std::uint32_t context_tokens = 0;
  std::uint32_t prefill_chunk_tokens = 0;
  std::string kv_type = "f16";
  std::string description;  ///< A JSON file; empty: a known architecture.
  std::vector<std::string> tensor_quantizations;  ///< "PATTERN=TYPE".
};

/// `etllm tokenize`.
struct TokenizeOptions {
  std::string model;
  std::string text;
  bool ids_only = false;
  bool no_bos = false;
  bool decode = false;
};

/// `etllm bench`.
struct BenchOptions {
  EngineOptions engine;
  std::vector<int> prompt_tokens = {512};
  std::vector<int> generated_tokens = {128};
  std::vector<int> depths = {0};
  int repetitions = 5;
  bool profile = false;
  std::string output_format = "md";
};

/// `etllm perplexity`.
struct PerplexityOptions {
  EngineOptions engine;
  std::string text_file;
  std::string tokenizer;
  std::string reference;
  std::string reference_kernels;  ///< Empty: those of `engine`.
  std::size_t window_tokens = 512;
  std::optional<std::size_t> max_windows;
};

/// `etllm inspect`.
struct InspectOptions {
  std::string model;
  bool all_weights = false;
};

}  // namespace etllm::cli
