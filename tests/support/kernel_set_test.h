#pragma once

// Tests that run once for each instruction set; those that the machine cannot
// run are skipped.

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "kernels/dispatch/select.h"

namespace etllm {

/// The reference, then the instruction sets.
inline std::vector<const char*> tested_kernel_names() {
  std::vector<const char*> names;
  for (const std::string_view name : kernels::kernel_names()) {
    if (name != "auto") names.push_back(name.data());
  }
  return names;
}

inline auto each_kernel_set() {
  auto names = tested_kernel_names();
  std::erase(names, std::string_view("float"));
  return testing::ValuesIn(names);
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
