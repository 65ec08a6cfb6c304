#include "engine/ring_cache.h"

#include <gtest/gtest.h>

namespace etllm::engine {
namespace {

TEST(RingCache, WithoutRingsHoldsEverything) {
  RingCache cache;
  cache.configure(0, 16);
  EXPECT_TRUE(cache.holds(1000));
  cache.add(0, 2000);
  EXPECT_TRUE(cache.holds(1));
}

TEST(RingCache, HoldsAllOfAShortConversation) {
  RingCache cache;
  cache.configure(256, 16);
  for (int i = 0; i < 16; ++i) cache.add(16 * i, 16);
  for (const int position : {0, 1, 17, 256}) EXPECT_TRUE(cache.holds(position));
  EXPECT_FALSE(cache.holds(257));
}

TEST(RingCache, ForgetsAllButTheLastCallOfALongOne) {
  RingCache cache;
  cache.configure(256, 16);
  cache.add(0, 256);
  cache.add(256, 1);
  EXPECT_TRUE(cache.holds(257));
  EXPECT_TRUE(cache.holds(241));
  EXPECT_FALSE(cache.holds(240));
  EXPECT_TRUE(cache.holds(0));
}

TEST(RingCache, GoingBackDoesNotBringBackWhatWasOverwritten) {
  RingCache cache;
  cache.configure(256, 16);
  cache.add(0, 300);
  cache.add(290, 1);
  EXPECT_TRUE(cache.holds(284));
  EXPECT_FALSE(cache.holds(283));
}

TEST(RingCache, StartsAnewAtPositionZero) {
  RingCache cache;
  cache.configure(256, 16);
  cache.add(0, 300);
  cache.add(0, 10);
  EXPECT_TRUE(cache.holds(10));
  EXPECT_TRUE(cache.holds(3));
  EXPECT_FALSE(cache.holds(290));
}

}  // namespace
}  // namespace etllm::engine
