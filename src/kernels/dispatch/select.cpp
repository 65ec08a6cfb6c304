#include "kernels/dispatch/select.h"

#include <atomic>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace etllm::kernels {
namespace {

bool has_avx2() {
#if defined(__x86_64__)
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  // Not every compiler's __builtin_cpu_supports knows F16C.
  const bool has_f16c =
      __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
  return has_f16c && __builtin_cpu_supports("avx2") &&
         __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

bool has_avx512() {
#if defined(__x86_64__)
  return has_avx2() && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

const KernelSet* best_kernels() {
  if (has_avx512()) return avx512_kernels();
  if (has_avx2()) return avx2_kernels();
  return portable_kernels();
}

/// The best instruction set, without quantized activations.
const KernelSet* float_kernels() {
  static const KernelSet set = [] {
    KernelSet kernels = *best_kernels();
    kernels.name = "float";
    kernels.quantizes_activations = false;
    return kernels;
  }();
  return &set;
}

std::atomic<const KernelSet*>& active() {
  static std::atomic<const KernelSet*> set = best_kernels();
  return set;
}

}  // namespace

Status select_kernels(std::string_view name) {
  const KernelSet* set = nullptr;
  if (name == "auto") {
    set = best_kernels();
  } else if (name == "float") {
    set = float_kernels();
  } else if (name == "portable") {
    set = portable_kernels();
  } else if (name == "avx2") {
    set = has_avx2() ? avx2_kernels() : nullptr;
  } else if (name == "avx512") {
    set = has_avx512() ? avx512_kernels() : nullptr;
  } else {
    return invalid_argument("there are no kernels named '" + std::string(name) +
                            "'; choose auto, float, portable, avx2 or avx512");
  }
  if (set == nullptr) {
    return not_supported("this machine cannot run the kernels '" +
                         std::string(name) + "'; choose auto");
  }
  active().store(set);
  return {};
}

const KernelSet& active_kernels() { return *active().load(); }

std::vector<std::string_view> available_kernels() {
  std::vector<std::string_view> names = {"float", "portable"};
  if (has_avx2()) names.emplace_back("avx2");
  if (has_avx512()) names.emplace_back("avx512");
  return names;
}

}  // namespace etllm::kernels
