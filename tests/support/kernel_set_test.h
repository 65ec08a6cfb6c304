#pragma once

// Tests that run once for each instruction set; those that the machine cannot
// run are skipped.

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "kernels/dispatch/select.h"

namespace etllm {

/// The reference, then the instruction sets.
inline constexpr std::array kKernelNames = {
    "float", "portable", "avx2", "avx512", "amx", "neon_dotprod", "neon_i8mm"};

inline auto each_kernel_set() {
  return testing::ValuesIn(kKernelNames.begin() + 1, kKernelNames.end());
}

/// For the parameter of one test: its `INSTANTIATE_TEST_SUITE_P` ends with it.
inline std::string kernel_set_name(
    const testing::TestParamInfo<const char*>& info) {
  return info.param;
}

/// For SetUp: the test itself does not run after a skip.
inline void select_kernels_or_skip(const char* name) {
  if (!kernels::select_kernels(name).ok()) {
    GTEST_SKIP() << "this machine cannot run these kernels";
  }
}

/// A test whose parameter is the name of the active kernels.
class KernelSetTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { select_kernels_or_skip(GetParam()); }
  void TearDown() override {
    ASSERT_TRUE(kernels::select_kernels("auto").ok());
  }
};

}  // namespace etllm
