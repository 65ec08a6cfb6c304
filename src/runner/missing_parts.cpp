#include "runner/missing_parts.h"

#include <executorch/runtime/backend/interface.h>
#include <executorch/runtime/kernel/operator_registry.h>

#include <array>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "program/program_summary.h"

namespace etllm::runner {
namespace {

struct Provider {
  std::string_view prefix;
  std::string_view library;
};

constexpr std::array kOperatorProviders = {
    Provider{"etllm::", "a newer version of this library"},
    Provider{"llama::", "a newer version of this library"},
    Provider{"quantized_decomposed::", "executorch::kernels_quantized"},
    Provider{"aten::", "executorch::kernels_optimized"},
    Provider{"dim_order_ops::", "executorch::kernels_optimized"},
};

constexpr std::array kBackendProviders = {
    Provider{"XnnpackBackend", "executorch::backend_xnnpack"},
    Provider{"QnnBackend", "executorch::backend_qnn"},
    Provider{"OpenvinoBackend", "executorch::backend_openvino"},
};

template <std::size_t N>
std::string with_provider(const std::string& name,
                          const std::array<Provider, N>& providers) {
  for (const Provider& provider : providers) {
    if (!name.starts_with(provider.prefix)) continue;
    return name + " (from " + std::string(provider.library) + ")";
  }
  return name + " (from the library that the model was exported for)";
}

std::set<std::string_view> registered_operators() {
  std::set<std::string_view> names;
  for (const auto& kernel : executorch::runtime::get_registered_kernels()) {
    names.insert(kernel.name_);
  }
  return names;
}

void append(std::string& list, const std::string& item) {
  if (!list.empty()) list += ", ";
  list += item;
}

}  // namespace

std::string describe_missing_parts(const std::string& model_path,
                                   const std::string& method) {
  std::string missing;
  const auto summary = program::summarize_program(model_path);
  if (!summary.ok()) return missing;
  const auto registered = registered_operators();
  for (const auto& candidate : summary->methods) {
    if (candidate.name != method) continue;
    for (const auto& op : candidate.operators) {
      if (registered.contains(op.name)) continue;
      append(missing, "operator " + with_provider(op.name, kOperatorProviders));
    }
    for (const auto& backend : candidate.delegates) {
      if (executorch::runtime::get_backend_class(backend.name.c_str())) {
        continue;
      }
      append(missing,
             "backend " + with_provider(backend.name, kBackendProviders));
    }
  }
  return missing;
}

}  // namespace etllm::runner
