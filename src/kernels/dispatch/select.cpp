#include "kernels/dispatch/select.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
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

/// Asks the system for the tile registers, which a process has to.
bool has_amx() {
#if defined(__x86_64__) && defined(__linux__)
  constexpr unsigned kAmxBf16 = 1U << 22;  // edx of leaf 7
  constexpr unsigned kAmxTile = 1U << 24;
  constexpr unsigned kAvx512Bf16 = 1U << 5;    // eax of leaf 7, subleaf 1
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  if (!has_avx512()) return false;
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  constexpr unsigned kAmx = kAmxBf16 | kAmxTile;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 &&
         (edx & kAmx) == kAmx &&
         __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 &&
         (eax & kAvx512Bf16) != 0 &&
         syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

#if defined(__aarch64__) && defined(__APPLE__)
bool has_feature(const char* name) {
  int value = 0;
  std::size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && value != 0;
}
#endif

bool has_neon_dotprod() {
#if defined(__aarch64__) && defined(__linux__)
  return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#elif defined(__aarch64__) && defined(__APPLE__)
  return has_feature("hw.optional.arm.FEAT_DotProd");
#else
  return false;
#endif
}

bool has_neon_i8mm() {
#if defined(__aarch64__) && defined(__linux__)
  return has_neon_dotprod() && (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0;
#elif defined(__aarch64__) && defined(__APPLE__)
  return has_neon_dotprod() && has_feature("hw.optional.arm.FEAT_I8MM");
#else
  return false;
#endif
}

struct InstructionSet {
  std::string_view name;
  bool (*is_supported)();
  const KernelSet* (*kernels)();

  /// Null when the machine cannot run them, or the build lacks them.
  const KernelSet* if_supported() const {
    return is_supported() ? kernels() : nullptr;
  }
};

/// What a machine may have beyond its baseline; better ones follow.
constexpr InstructionSet kInstructionSets[] = {
    {"avx2", has_avx2, avx2_kernels},
    {"avx512", has_avx512, avx512_kernels},
    {"amx", has_amx, amx_kernels},
    {"neon_dotprod", has_neon_dotprod, neon_dotprod_kernels},
    {"neon_i8mm", has_neon_i8mm, neon_i8mm_kernels},
};

const KernelSet* best_kernels() {
  const KernelSet* best = portable_kernels();
  for (const InstructionSet& set : kInstructionSets) {
    if (const KernelSet* kernels = set.if_supported()) best = kernels;
  }
  return best;
}

/// The best instruction set that works in f32, without quantized activations.
const KernelSet* float_kernels() {
  static const KernelSet set = [] {
    const KernelSet* best = portable_kernels();
    for (const InstructionSet& set : kInstructionSets) {
      const KernelSet* kernels = set.if_supported();
      if (kernels != nullptr && kernels->tiles == nullptr) best = kernels;
    }
    KernelSet kernels = *best;
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
  } else {
    const auto* const found =
        std::ranges::find(kInstructionSets, name, &InstructionSet::name);
    if (found == std::end(kInstructionSets)) {
      return invalid_argument(
          "there are no kernels named '" + std::string(name) +
          "'; choose auto, float, portable, avx2, avx512, amx, neon_dotprod or "
          "neon_i8mm");
    }
    set = found->if_supported();
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
  for (const InstructionSet& set : kInstructionSets) {
    if (set.if_supported() != nullptr) names.push_back(set.name);
  }
  return names;
}

}  // namespace etllm::kernels
