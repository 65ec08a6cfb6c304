#include "kernels/dispatch/cpu_features.h"

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace etllm::kernels {
namespace {

#if defined(__x86_64__)

/// The registers that CPUID fills; zeros where it has no such leaf.
struct Cpuid {
  explicit Cpuid(unsigned leaf, unsigned subleaf = 0) {
    if (__get_cpuid_count(leaf, subleaf, &eax, &ebx, &ecx, &edx) == 0) {
      eax = ebx = ecx = edx = 0;
    }
  }

  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
};

// Bits of leaf 7, and of its subleaf 1.
constexpr unsigned kAmxBf16 = 1U << 22;    // edx
constexpr unsigned kAmxTile = 1U << 24;    // edx
constexpr unsigned kAvxVnni = 1U << 4;     // eax of subleaf 1
constexpr unsigned kAvx512Bf16 = 1U << 5;  // eax of subleaf 1

#endif

#if defined(__x86_64__) && defined(__linux__)
bool may_use_tiles() {
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}
#endif

#if defined(__aarch64__) && defined(__APPLE__)
bool has_feature(const char* name) {
  int value = 0;
  std::size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && value != 0;
}
#endif

}  // namespace

#if defined(__x86_64__)

bool has_avx2() {
  // Not every compiler's __builtin_cpu_supports knows F16C.
  return (Cpuid(1).ecx & bit_F16C) != 0 && __builtin_cpu_supports("avx2") &&
         __builtin_cpu_supports("fma");
}

bool has_avx_vnni() { return has_avx2() && (Cpuid(7, 1).eax & kAvxVnni) != 0; }

bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}

bool has_avx512_bf16() {
  return has_avx512() && (Cpuid(7, 1).eax & kAvx512Bf16) != 0;
}

bool has_amx() {
#if defined(__linux__)
  constexpr unsigned kAmx = kAmxBf16 | kAmxTile;
  return has_avx512_bf16() && (Cpuid(7).edx & kAmx) == kAmx && may_use_tiles();
#else
  return false;
#endif
}

#else

bool has_avx2() { return false; }
bool has_avx_vnni() { return false; }
bool has_avx512() { return false; }
bool has_avx512_bf16() { return false; }
bool has_amx() { return false; }

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

}  // namespace etllm::kernels
