#include <executorch/extension/llm/runner/constants.h>
#include <executorch/extension/llm/runner/io_manager/io_manager.h>
#include <executorch/runtime/platform/log.h>

namespace executorch::extension::llm {

using runtime::Error;
using runtime::EValue;
using runtime::Result;

Error IOManager::load(const std::string& prefill_method,
                      const std::string& decode_method) {
  (void)prefill_method;
  (void)decode_method;
  return Error::Ok;
}

Error IOManager::load() { return load(kForwardMethod, kForwardMethod); }

Error IOManager::reset(const std::string& prefill_method,
                       const std::string& decode_method) {
  (void)prefill_method;
  (void)decode_method;
  return Error::Ok;
}

Error IOManager::reset() { return reset(kForwardMethod, kForwardMethod); }

Result<std::vector<EValue>> IOManager::prepare_prefill(
    const TensorPtr& input, const TensorPtr& start_pos,
    const std::string& prefill_method) {
  return default_inputs(input, start_pos, prefill_method);
}

Result<std::vector<EValue>> IOManager::prepare_prefill(
    const TensorPtr& input, const TensorPtr& start_pos) {
  return prepare_prefill(input, start_pos, kForwardMethod);
}

Result<std::vector<EValue>> IOManager::prepare_decode(
    const TensorPtr& input, const TensorPtr& start_pos,
    const std::string& decode_method) {
  return default_inputs(input, start_pos, decode_method);
}

Result<std::vector<EValue>> IOManager::prepare_decode(
    const TensorPtr& input, const TensorPtr& start_pos) {
  return prepare_decode(input, start_pos, kForwardMethod);
}

Error IOManager::update_prefill(const std::vector<EValue>& model_outputs,
                                const std::string& prefill_method) {
  (void)model_outputs;
  (void)prefill_method;
  return Error::Ok;
}

Error IOManager::update_prefill(const std::vector<EValue>& model_outputs) {
  return update_prefill(model_outputs, kForwardMethod);
}

Error IOManager::update_decode(const std::vector<EValue>& model_outputs,
                               const std::string& decode_method) {
  (void)model_outputs;
  (void)decode_method;
  return Error::Ok;
}

Error IOManager::update_decode(const std::vector<EValue>& model_outputs) {
  return update_decode(model_outputs, kForwardMethod);
}

Result<std::vector<EValue>> IOManager::default_inputs(
    const TensorPtr& input, const TensorPtr& start_pos,
    const std::string& method) {
  const Result<size_t> count = num_inputs(method);
  if (!count.ok()) return count.error();
  if (*count == 1) return std::vector<EValue>{input};
  if (*count == 2) return std::vector<EValue>{input, start_pos};
  ET_LOG(Error,
         "The method %s takes %zu inputs instead of tokens and a position; a "
         "model with caches or masks as inputs needs an IOManager of its own",
         method.c_str(), *count);
  return Error::InvalidState;
}

Result<size_t> IOManager::num_inputs(const std::string& method) {
  if (known_num_inputs_ == 0 || known_method_ != method) {
    const auto meta = module_.method_meta(method);
    if (!meta.ok()) return meta.error();
    known_num_inputs_ = meta->num_inputs();
    known_method_ = method;
  }
  return known_num_inputs_;
}

}  // namespace executorch::extension::llm
