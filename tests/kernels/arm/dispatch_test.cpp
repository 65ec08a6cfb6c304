// What is chosen at run time on the processor that is emulated.

#include <gtest/gtest.h>

#include <cstdlib>

#include "kernels/dispatch/select.h"

namespace etllm::kernels {
namespace {

TEST(Dispatch, TakesTheBestKernelsOfTheProcessor) {
  const char* const expected = std::getenv("ETLLM_EXPECTED_KERNELS");
  ASSERT_NE(expected, nullptr);
  EXPECT_STREQ(active_kernels().name, expected);
  EXPECT_EQ(available_kernels().back(), expected);
}

}  // namespace
}  // namespace etllm::kernels
