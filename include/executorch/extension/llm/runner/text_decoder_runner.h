#pragma once

// Runs the method that turns tokens into logits, and selects a token from
// them.

#include <executorch/extension/llm/runner/io_manager/io_manager.h>
#include <executorch/extension/llm/runner/stats.h>
#include <executorch/extension/llm/sampler/sampler.h>
#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace etllm::engine {
struct DecodeContext;
class PlannedMemory;
}  // namespace etllm::engine

namespace executorch {
namespace extension {
namespace llm {

/// Override `step` to run the model in another way. The module and the IO
/// manager are borrowed and must outlive the runner; a subclass that overrides
/// `load`, `is_method_loaded` and `step` may pass nullptr for both. `stop()` is
/// safe from any thread, the rest is for one thread at a time.
class TextDecoderRunner {
 public:
  /// `sampler`, when given, selects every token and the temperature of
  /// `logits_to_token` is ignored. `stats`, when given, is borrowed and
  /// receives the sampling time.
  explicit TextDecoderRunner(Module* module, IOManager* io_manager,
                             std::string method_name = "forward",
                             std::unique_ptr<Sampler> sampler = nullptr,
                             Stats* stats = nullptr);
  TextDecoderRunner(const TextDecoderRunner&) = delete;
  TextDecoderRunner& operator=(const TextDecoderRunner&) = delete;
  virtual ~TextDecoderRunner();

  /// Feeds `tokens` (int64 [1, n]) at positions `start_pos` and following.
  /// Returns logits [1, n, vocab], [1, 1, vocab] or [1, vocab], valid until the
  /// next call.
  virtual ::executorch::runtime::Result<executorch::aten::Tensor> step(
      TensorPtr& tokens, int64_t start_pos);

  /// Loads the method. Its working memory, the KV cache included, takes up RAM
  /// only where it is used.
  virtual ::executorch::runtime::Error load();

  /// Whether the method is loaded.
  virtual bool is_method_loaded();

  /// Selects a token from the last position of `logits` (float, half, bfloat16
  /// or uint16); temperature 0 takes the likeliest, the lowest id of equals.
  /// Returns -1 when no token can be selected.
  virtual int32_t logits_to_token(const executorch::aten::Tensor& logits,
                                  float temperature = 0.0f);

  /// Asks the prefill or generation that uses this runner to end. When none is
  /// running, the next one ends at once.
  virtual void stop();

  /// Brings the state inside an imported model back to its beginning and gives
  /// the memory of its caches back. Other models only have state that the
  /// position governs.
  virtual void reset();

  /// Most tokens that one call takes by the method's own input; 0 when that is
  /// unknown.
  virtual int64_t max_input_tokens();

  /// The method that `step` runs.
  const std::string& method_name() const { return method_name_; }

  /// Makes this runner obey the same stop requests and sampling options as
  /// `other`, and work in the same memory: for the two methods of one model.
  /// To be called before either is loaded.
  void share_context_with(TextDecoderRunner& other);

  /// What a generation shares between its parts; for the library's own use.
  ::etllm::engine::DecodeContext& context() { return *context_; }

  /// Sets the receiver of the sampling time, unless there is one.
  void use_stats(Stats* stats);

 protected:
  Module* module_;
  IOManager* io_manager_;
  std::string method_name_;

 private:
  ::executorch::runtime::Error load_with_planned_memory();
  ::executorch::runtime::Result<std::vector<::executorch::runtime::EValue>>
  execute(const std::vector<::executorch::runtime::EValue>& inputs);
  ::executorch::runtime::Result<TensorPtr> position_tensor(int64_t start_pos,
                                                           int64_t num_tokens);

  std::unique_ptr<Sampler> sampler_;
  Stats* stats_;
  std::shared_ptr<::etllm::engine::DecodeContext> context_;
  std::shared_ptr<::etllm::engine::PlannedMemory> planned_memory_;
  // The second input, kept from step to step.
  std::optional<bool> takes_position_vector_;
  bool is_imported_ = false;
  int64_t start_pos_ = 0;
  TensorPtr start_pos_tensor_;
  std::vector<int64_t> cache_positions_;
};

}  // namespace llm
}  // namespace extension
}  // namespace executorch
