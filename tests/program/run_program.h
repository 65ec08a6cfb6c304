#pragma once

#include <executorch/extension/module/module.h>
#include <executorch/extension/tensor/tensor.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/planned_memory.h"
#include "program/read_only_loader.h"

namespace etllm::program {

/// Inputs as a method describes them, full of ones.
class MadeInputs {
 public:
  explicit MadeInputs(const executorch::runtime::MethodMeta& method) {
    for (std::size_t i = 0; i < method.num_inputs() && fits_; ++i) {
      const auto tensor = method.input_tensor_meta(i);
      if (tensor.ok()) {
        add(*tensor);
      } else {
        values_.emplace_back();
      }
    }
  }

  /// False for more than a test wants to fill.
  bool fits() const { return fits_; }
  const std::vector<executorch::runtime::EValue>& values() const {
    return values_;
  }

 private:
  void add(const executorch::runtime::TensorInfo& tensor) {
    using executorch::aten::ScalarType;
    constexpr std::size_t kMaxBytes = 1U << 20;
    fits_ = tensor.nbytes() <= kMaxBytes;
    if (!fits_) return;
    auto& data = data_.emplace_back(tensor.nbytes() / sizeof(std::int64_t) + 1,
                                    std::int64_t{1});
    if (tensor.scalar_type() == ScalarType::Float) {
      auto* floats = reinterpret_cast<float*>(data.data());
      std::fill_n(floats, tensor.nbytes() / sizeof(float), 1.0F);
    }
    tensors_.push_back(executorch::extension::from_blob(
        data.data(), {tensor.sizes().begin(), tensor.sizes().end()},
        tensor.scalar_type()));
    values_.emplace_back(*tensors_.back());
  }

  bool fits_ = true;
  std::vector<std::vector<std::int64_t>> data_;
  std::vector<executorch::extension::TensorPtr> tensors_;
  std::vector<executorch::runtime::EValue> values_;
};

/// Loads and runs every method twice, as the runners do. Returns how many ran
/// without an error.
inline int run_program(std::span<const std::byte> bytes) {
  constexpr std::int64_t kMaxPlannedBytes = 16 << 20;
  executorch::extension::Module module(std::make_unique<ReadOnlyLoader>(bytes));
  const auto names = module.method_names();
  if (!names.ok()) return 0;
  int succeeded = 0;
  for (const std::string& name : *names) {
    const auto meta = module.method_meta(name);
    if (!meta.ok()) continue;
    std::int64_t planned = 0;
    for (std::size_t i = 0; i < meta->num_memory_planned_buffers(); ++i) {
      planned += *meta->memory_planned_buffer_size(i);
    }
    const MadeInputs inputs(*meta);
    if (planned > kMaxPlannedBytes || !inputs.fits()) continue;
    auto memory = engine::PlannedMemory::create({&*meta, 1});
    if (!memory.ok() || module.load_method(name, (*memory)->allocator()) !=
                            executorch::runtime::Error::Ok) {
      continue;
    }
    succeeded += module.execute(name, inputs.values()).ok() ? 1 : 0;
    static_cast<void>(module.execute(name, inputs.values()));
    module.unload_method(name);
  }
  return succeeded;
}

}  // namespace etllm::program
