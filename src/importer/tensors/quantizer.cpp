#include "importer/tensors/quantizer.h"

#include <vector>

namespace etllm::importer {
namespace {

std::vector<const Quantizer*> find_quantizers() {
  std::vector<const Quantizer*> found;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f")) found.push_back(avx512_quantizer());
  if (__builtin_cpu_supports("avx2")) found.push_back(avx2_quantizer());
#endif
  found.push_back(baseline_quantizer());
  std::erase(found, nullptr);
  return found;
}

}  // namespace

std::span<const Quantizer* const> quantizers() {
  static const std::vector<const Quantizer*> found = find_quantizers();
  return found;
}

}  // namespace etllm::importer
