#pragma once

// A decoder without a model: it remembers what it has read, as a KV cache
// does, and answers by a script.

#include <executorch/extension/llm/runner/text_decoder_runner.h>
#include <executorch/extension/tensor/tensor.h>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace etllm {

using Tokens = std::vector<std::uint64_t>;

class ScriptedDecoder : public executorch::extension::llm::TextDecoderRunner {
 public:
  using Error = executorch::runtime::Error;
  using Tensor = executorch::aten::Tensor;
  using TensorPtr = executorch::extension::TensorPtr;

  struct Call {
    std::int64_t start_pos;
    Tokens tokens;
    bool operator==(const Call& other) const = default;
  };

  explicit ScriptedDecoder(std::size_t vocab_size)
      : TextDecoderRunner(nullptr, nullptr), logits_(vocab_size) {}

  executorch::runtime::Result<Tensor> step(TensorPtr& tokens,
                                           std::int64_t start_pos) override {
    const auto* data = tokens->const_data_ptr<std::int64_t>();
    const Tokens ids(data, data + tokens->numel());
    calls.push_back({start_pos, ids});
    if (before_result) before_result(calls.size());
    if (fails_at_call == calls.size()) return Error::Internal;
    const auto position = static_cast<std::size_t>(start_pos);
    if (position > read.size()) throw std::logic_error("a gap in the cache");
    read.resize(position);
    read.insert(read.end(), ids.begin(), ids.end());
    std::fill(logits_.begin(), logits_.end(), 0.0F);
    logits_.at(next(read)) = 10.0F;
    tensor_ = executorch::extension::from_blob(
        logits_.data(),
        {1, static_cast<executorch::aten::SizesType>(logits_.size())});
    return *tensor_;
  }

  Error load() override {
    ++loads;
    return load_error;
  }
  bool is_method_loaded() override {
    return loads > 0 && load_error == Error::Ok;
  }

  /// After `length` tokens the model says `answer`, then goes on with `filler`.
  void answer_after(std::size_t length, Tokens answer, std::uint64_t filler) {
    next = [=](const Tokens& seen) {
      const std::size_t index = seen.size() - length;
      return seen.size() >= length && index < answer.size() ? answer[index]
                                                            : filler;
    };
  }

  /// The likeliest token after everything that was read.
  std::function<std::uint64_t(const Tokens& read)> next;
  /// Called inside of a step with the number of steps so far.
  std::function<void(std::size_t)> before_result;
  std::size_t fails_at_call = 0;
  Error load_error = Error::Ok;

  Tokens read;
  std::vector<Call> calls;
  int loads = 0;

 private:
  std::vector<float> logits_;
  TensorPtr tensor_;
};

}  // namespace etllm
