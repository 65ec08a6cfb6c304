#pragma once

// Where a backend with inputs of its own (caches, masks) plugs in: it turns
// tokens and position into the inputs of a method, and sees its outputs.

#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>
#include <executorch/runtime/core/result.h>

#include <string>
#include <vector>

namespace executorch {
namespace extension {
namespace llm {

/// The default passes `{tokens, start_pos}` on, or `{tokens}` to a method with
/// one input. Override the functions that take method names; the others call
/// them with "forward". The module must outlive the manager.
class IOManager {
 public:
  explicit IOManager(ET_MODULE_NAMESPACE::Module& module) : module_(module) {}
  virtual ~IOManager() = default;

  /// Called once, after the methods are loaded.
  ET_NODISCARD virtual runtime::Error load(const std::string& prefill_method,
                                           const std::string& decode_method);
  ET_NODISCARD runtime::Error load();

  /// Called when the conversation starts again at position 0.
  ET_NODISCARD virtual runtime::Error reset(const std::string& prefill_method,
                                            const std::string& decode_method);
  ET_NODISCARD runtime::Error reset();

  /// The inputs for reading a part of the prompt. InvalidState when the method
  /// takes more inputs than this manager knows.
  virtual runtime::Result<std::vector<runtime::EValue>> prepare_prefill(
      const TensorPtr& input, const TensorPtr& start_pos,
      const std::string& prefill_method);
  runtime::Result<std::vector<runtime::EValue>> prepare_prefill(
      const TensorPtr& input, const TensorPtr& start_pos);

  /// The inputs for one generated token; errors as above.
  virtual runtime::Result<std::vector<runtime::EValue>> prepare_decode(
      const TensorPtr& input, const TensorPtr& start_pos,
      const std::string& decode_method);
  runtime::Result<std::vector<runtime::EValue>> prepare_decode(
      const TensorPtr& input, const TensorPtr& start_pos);

  /// See the outputs of an execution.
  ET_NODISCARD virtual runtime::Error update_prefill(
      const std::vector<runtime::EValue>& model_outputs,
      const std::string& prefill_method);
  ET_NODISCARD runtime::Error update_prefill(
      const std::vector<runtime::EValue>& model_outputs);
  ET_NODISCARD virtual runtime::Error update_decode(
      const std::vector<runtime::EValue>& model_outputs,
      const std::string& decode_method);
  ET_NODISCARD runtime::Error update_decode(
      const std::vector<runtime::EValue>& model_outputs);

 private:
  runtime::Result<std::vector<runtime::EValue>> default_inputs(
      const TensorPtr& input, const TensorPtr& start_pos,
      const std::string& method);
  runtime::Result<size_t> num_inputs(const std::string& method);

  ET_MODULE_NAMESPACE::Module& module_;
  // The number of inputs of the method asked for last: it is asked for once
  // per token.
  std::string known_method_;
  size_t known_num_inputs_ = 0;
};

}  // namespace llm
}  // namespace extension
}  // namespace executorch
