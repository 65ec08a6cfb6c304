#pragma once

// Programs of a few hundred bytes that behave like language models: the next
// token is the sum of all tokens that the model has read, modulo the size of
// the vocabulary. Whoever loses or repeats a token gets another answer.

#include <executorch/extension/module/module.h>
#include <executorch/runtime/kernel/kernel_runtime_context.h>
#include <executorch/runtime/kernel/operator_registry.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "program/program_builder.h"
#include "support/piece_tokenizer.h"

namespace etllm {

using Tokens = std::vector<std::uint64_t>;

inline constexpr std::int32_t kTinyVocabulary = 28;
inline constexpr std::int32_t kTinyContext = 64;

/// BOS, EOS, and the letters from a to z.
inline std::unique_ptr<PieceTokenizer> tiny_tokenizer() {
  std::vector<std::string> pieces = {"<s>", "</s>"};
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    pieces.emplace_back(1, letter);
  }
  return std::make_unique<PieceTokenizer>(std::move(pieces));
}

/// What a tiny model answers to `read`, token by token.
inline Tokens tiny_answer(Tokens read, std::size_t count) {
  Tokens answer;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t sum = 0;
    for (const std::uint64_t token : read) sum += token;
    answer.push_back(sum % kTinyVocabulary);
    read.push_back(answer.back());
  }
  return answer;
}

/// Writes the logits that make `token` the likeliest.
inline void write_logits(executorch::aten::Tensor& out, std::int64_t token) {
  using executorch::aten::BFloat16;
  using executorch::aten::Half;
  const auto write = [&](auto* data) {
    using T = std::remove_pointer_t<decltype(data)>;
    for (std::int64_t i = 0; i < kTinyVocabulary; ++i) {
      data[i] = static_cast<T>(i == token ? 8.0f : -8.0f);
    }
  };
  switch (out.scalar_type()) {
    case executorch::aten::ScalarType::Half:
      return write(out.mutable_data_ptr<Half>());
    case executorch::aten::ScalarType::BFloat16:
      return write(out.mutable_data_ptr<BFloat16>());
    default:
      return write(out.mutable_data_ptr<float>());
  }
}

/// `tiny::next(tokens, start_pos, state(a!), out)`: remembers the tokens.
inline void tiny_next(
    executorch::runtime::KernelRuntimeContext& context,
    executorch::runtime::Span<executorch::runtime::EValue*> args) {
  const auto tokens = args[0]->toTensor();
  const std::int64_t start =
      *args[1]->toTensor().const_data_ptr<std::int64_t>();
  auto state = args[2]->toTensor();
  auto out = args[3]->toTensor();
  if (start < 0 || start + tokens.numel() > state.numel()) {
    return context.fail(executorch::runtime::Error::InvalidArgument);
  }
  auto* cache = state.mutable_data_ptr<std::int64_t>();
  std::copy_n(tokens.const_data_ptr<std::int64_t>(), tokens.numel(),
              cache + start);
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < start + tokens.numel(); ++i) sum += cache[i];
  write_logits(out, sum % kTinyVocabulary);
}

/// `tiny::sum(tokens, out)`: reads everything each time.
inline void tiny_sum(
    executorch::runtime::KernelRuntimeContext& /*context*/,
    executorch::runtime::Span<executorch::runtime::EValue*> args) {
  const auto tokens = args[0]->toTensor();
  auto out = args[1]->toTensor();
  std::int64_t sum = 0;
  for (std::int64_t i = 0; i < tokens.numel(); ++i) {
    sum += tokens.const_data_ptr<std::int64_t>()[i];
  }
  write_logits(out, sum % kTinyVocabulary);
}

inline void register_tiny_operators() {
  using executorch::runtime::Kernel;
  static std::once_flag once;
  std::call_once(once, [] {
    static const std::vector<Kernel> kernels = {
        Kernel("tiny::next.out", &tiny_next),
        Kernel("tiny::sum.out", &tiny_sum)};
    static_cast<void>(executorch::runtime::register_kernels(
        {kernels.data(), kernels.size()}));
  });
}

/// How a tiny model is exported.
struct TinyModel {
  std::vector<std::string> methods = {"forward"};
  /// The method's own bound of tokens, and whether fewer are allowed.
  std::int32_t max_tokens = 4;
  bool is_dynamic = true;
  bool use_kv_cache = true;
  /// Positions of each token instead of the first one's.
  bool takes_positions = false;
  program::ScalarType logits_type = program::ScalarType::kFloat;
  std::string op_name = "tiny::next";
  std::int64_t max_seq_len = kTinyContext;
  bool has_metadata = true;
  std::vector<std::int64_t> eos_ids;  ///< None: the tokenizer's only.
};

inline void build_tiny_method(const TinyModel& model,
                              program::MethodBuilder& method) {
  using program::ScalarType;
  const auto tokens = method.add_input(
      {ScalarType::kLong, {1, model.max_tokens}, model.is_dynamic, ""});
  const auto out = method.add_activation(
      {model.logits_type, {1, 1, kTinyVocabulary}, false, ""});
  if (model.use_kv_cache) {
    const std::int32_t positions = model.takes_positions ? model.max_tokens : 1;
    const auto start = method.add_input(
        {ScalarType::kLong, {positions}, model.takes_positions, ""});
    const auto state = method.add_mutable_buffer(
        {ScalarType::kLong, {kTinyContext}, false, "state"});
    method.call(model.op_name, "out", {tokens, start, state, out, out});
  } else {
    method.call("tiny::sum", "out", {tokens, out, out});
  }
  method.add_output(out);
}

inline Status write_tiny_model(const TinyModel& model,
                               const std::string& path) {
  program::ProgramBuilder program;
  for (const std::string& name : model.methods) {
    build_tiny_method(model, program.add_method(name));
  }
  if (model.has_metadata) {
    program.add_constant_method("get_max_seq_len", model.max_seq_len);
    program.add_constant_method("get_max_context_len",
                                std::int64_t{kTinyContext});
    program.add_constant_method("use_kv_cache", model.use_kv_cache);
    program.add_constant_method("enable_dynamic_shape", model.is_dynamic);
  }
  if (!model.eos_ids.empty()) {
    program.add_constant_method("get_eos_ids", model.eos_ids);
  }
  return program.write(path);
}

/// A module that writes down what it is asked to execute.
class RecordingModule : public executorch::extension::Module {
 public:
  using Module::Module;
  using EValues = std::vector<executorch::runtime::EValue>;

  struct Call {
    std::string method;
    Tokens tokens;
    std::vector<std::int64_t> positions;
    bool operator==(const Call&) const = default;
  };

  executorch::runtime::Result<EValues> execute(const std::string& method,
                                               const EValues& inputs) override {
    if (!inputs.empty()) {
      Call call{method, values(inputs[0]), {}};
      if (inputs.size() > 1) {
        for (const auto position : values(inputs[1])) {
          call.positions.push_back(static_cast<std::int64_t>(position));
        }
      }
      calls.push_back(std::move(call));
    }
    return Module::execute(method, inputs);
  }

  std::vector<Call> calls;

 private:
  static Tokens values(const executorch::runtime::EValue& input) {
    const auto tensor = input.toTensor();
    const auto* data = tensor.const_data_ptr<std::int64_t>();
    return {data, data + tensor.numel()};
  }
};

}  // namespace etllm
