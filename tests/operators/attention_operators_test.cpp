// update_cache and attention as a program calls them: what the arguments may
// be, and that a call which contradicts itself changes nothing.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>

#include "operators/operator_call.h"

namespace etllm::operators {
namespace {

struct CallSizes {
  SizesType tokens = 3;
  SizesType heads = 4;
  SizesType kv_heads = 2;
  SizesType head_size = 6;
  SizesType capacity = 256;
  std::int64_t start = 5;
  std::int64_t window = 0;
  ScalarType type = ScalarType::Half;
};

TestTensor tensor_of(std::vector<SizesType> sizes, ScalarType type,
                     std::size_t element_bytes) {
  std::size_t count = 1;
  for (const SizesType size : sizes) count *= static_cast<std::size_t>(size);
  return {std::move(sizes), type,
          std::vector<std::byte>(count * element_bytes, std::byte{0x11})};
}

TestTensor floats(std::vector<SizesType> sizes) {
  return tensor_of(std::move(sizes), ScalarType::Float, 4);
}

TestTensor position(std::int64_t value) {
  TestTensor tensor = tensor_of({1}, ScalarType::Long, 8);
  std::memcpy(tensor.bytes.data(), &value, sizeof value);
  return tensor;
}

TestTensor cache(const CallSizes& sizes) {
  const SizesType scale = sizes.type == ScalarType::Char ? 4 : 0;
  const std::size_t bytes = sizes.type == ScalarType::Char    ? 1
                            : sizes.type == ScalarType::Float ? 4
                                                              : 2;
  return tensor_of({sizes.kv_heads, sizes.capacity, sizes.head_size + scale},
                   sizes.type, bytes);
}

// Indices of arguments, of both operators.
constexpr std::size_t kQkv = 0;
constexpr std::size_t kStart = 1;
constexpr std::size_t kKeys = 2;
constexpr std::size_t kValues = 3;
// Of one.
constexpr std::size_t kCacheWindow = 4;
constexpr std::size_t kAttentionWindow = 5;
constexpr std::size_t kSoftCap = 6;
constexpr std::size_t kOut = 7;

constexpr const char* kUpdateCache = "etllm::update_cache.out";
constexpr const char* kAttention = "etllm::attention.out";

OperatorCall update_call(const CallSizes& sizes) {
  OperatorCall call;
  call.add(floats(
      {1, sizes.tokens, (sizes.heads + 2 * sizes.kv_heads) * sizes.head_size}));
  call.add(position(sizes.start));
  call.add(cache(sizes));
  call.add(cache(sizes));
  call.add(EValue(sizes.window));
  return call;
}

OperatorCall attention_call(const CallSizes& sizes) {
  OperatorCall call = update_call(sizes);
  call.replace(kCacheWindow, EValue(0.5));  // The scale.
  call.add(EValue(sizes.window));
  call.add(EValue(0.0));
  call.add(floats({1, sizes.tokens, sizes.heads * sizes.head_size}));
  return call;
}

std::vector<std::byte> bytes_of(OperatorCall& call, std::size_t index) {
  if (index >= call.size() || !call.value(index).isTensor()) return {};
  const auto& tensor = call.value(index).toTensor();
  const auto* data = static_cast<const std::byte*>(tensor.const_data_ptr());
  if (data == nullptr) return {};
  return {data, data + tensor.nbytes()};
}

void expect_refused(OperatorCall& call, const char* name) {
  const auto keys = bytes_of(call, kKeys);
  const auto values = bytes_of(call, kValues);
  const auto out = bytes_of(call, kOut);
  EXPECT_EQ(call.run(name), Error::InvalidArgument) << name;
  EXPECT_EQ(bytes_of(call, kKeys), keys);
  EXPECT_EQ(bytes_of(call, kValues), values);
  EXPECT_EQ(bytes_of(call, kOut), out);
}

/// Both operators refuse a call of these sizes.
void expect_refused(const CallSizes& sizes) {
  OperatorCall update = update_call(sizes);
  expect_refused(update, kUpdateCache);
  OperatorCall attention = attention_call(sizes);
  expect_refused(attention, kAttention);
}

void expect_accepted(const CallSizes& sizes) {
  OperatorCall update = update_call(sizes);
  EXPECT_EQ(update.run(kUpdateCache), Error::Ok);
  OperatorCall attention = attention_call(sizes);
  EXPECT_EQ(attention.run(kAttention), Error::Ok);
}

/// Both refuse a good call with one argument replaced.
template <class Value>
void expect_refused_with(std::size_t index, const Value& value,
                         const CallSizes& sizes = {}) {
  SCOPED_TRACE(index);
  if (index <= kValues) {
    OperatorCall update = update_call(sizes);
    update.replace(index, value);
    expect_refused(update, kUpdateCache);
  }
  OperatorCall attention = attention_call(sizes);
  attention.replace(index, value);
  expect_refused(attention, kAttention);
}

TEST(AttentionOperators, TakeCachesOfEveryType) {
  for (const ScalarType type :
       {ScalarType::Half, ScalarType::Float, ScalarType::Char}) {
    expect_accepted({.type = type});
  }
}

TEST(AttentionOperators, FillACacheToItsLastPosition) {
  expect_accepted({.start = 253});
  expect_refused(CallSizes{.start = 254});
}

TEST(AttentionOperators, WrapAroundOnlyWithAWindowThatFits) {
  expect_accepted({.start = 254, .window = 254});
  expect_refused(CallSizes{.start = 254, .window = 255});
  expect_accepted({.start = std::numeric_limits<std::int32_t>::max(),
                   .window = 254,
                   .type = ScalarType::Char});
  expect_refused(CallSizes{.start = std::int64_t{1} << 31, .window = 254});
  // A window does not matter to a cache that holds everything.
  expect_accepted({.start = 253, .window = 10'000});
  expect_refused(CallSizes{.start = 254, .window = 10'000});
}

TEST(AttentionOperators, WrapAroundOnlyInWholeSpans) {
  expect_accepted({.capacity = 272, .start = 269, .window = 20});
  expect_refused(CallSizes{.capacity = 272, .start = 270, .window = 20});
}

TEST(AttentionOperators, RefuseACallThatIsLongerThanTheRing) {
  expect_refused(CallSizes{.tokens = 257, .start = 0, .window = 1});
  expect_accepted({.tokens = 256, .start = 100, .window = 1});
}

TEST(AttentionOperators, RefuseWindowsThatAreNoSizes) {
  for (const std::int64_t window : {std::int64_t{-1}, std::int64_t{1} << 31,
                                    std::numeric_limits<std::int64_t>::min(),
                                    std::numeric_limits<std::int64_t>::max()}) {
    expect_refused(CallSizes{.window = window});
  }
  OperatorCall update = update_call({});
  update.replace(kCacheWindow, EValue(1.0));
  expect_refused(update, kUpdateCache);
  expect_refused_with(kAttentionWindow, EValue(true));
  expect_refused_with(kAttentionWindow, EValue());
}

TEST(AttentionOperators, RefuseSoftCapsThatAreNoBounds) {
  for (const double cap : {-1.0, std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::quiet_NaN(), 1e300}) {
    expect_refused_with(kSoftCap, EValue(cap));
  }
  expect_refused_with(kSoftCap, EValue(std::int64_t{1}));
}

TEST(AttentionOperators, RefusePositionsThatAreNone) {
  expect_refused_with(kStart, position(-1));
  expect_refused_with(kStart,
                      position(std::numeric_limits<std::int64_t>::min()));
  expect_refused_with(kStart,
                      position(std::numeric_limits<std::int64_t>::max()));
  expect_refused_with(kStart, tensor_of({2}, ScalarType::Long, 8));
  expect_refused_with(kStart, floats({1}));
}

TEST(AttentionOperators, RefuseCachesThatContradictEachOtherOrTheRows) {
  for (const CallSizes& other :
       {CallSizes{.kv_heads = 1}, CallSizes{.kv_heads = 3},
        CallSizes{.head_size = 5}, CallSizes{.capacity = 240},
        CallSizes{.type = ScalarType::Float},
        CallSizes{.type = ScalarType::Char}}) {
    expect_refused_with(kKeys, cache(other));
    expect_refused_with(kValues, cache(other));
  }
  expect_refused(CallSizes{.heads = 3});       // Not shared alike.
  expect_refused(CallSizes{.capacity = 250});  // No whole blocks.
}

TEST(AttentionOperators, RefuseCachesOfOtherKinds) {
  for (const std::size_t index : {kKeys, kValues}) {
    expect_refused_with(index, EValue());
    expect_refused_with(index, EValue(std::int64_t{1}));
    expect_refused_with(index, tensor_of({2, 256, 6}, ScalarType::Byte, 1));
    expect_refused_with(index, tensor_of({2, 256, 6}, ScalarType::Double, 8));
    expect_refused_with(index, tensor_of({512, 6}, ScalarType::Half, 2));
    expect_refused_with(index, TestTensor{{2, 256, 6}, ScalarType::Half, {}});
    expect_refused_with(index, TestTensor{{2, 0, 6}, ScalarType::Half, {}});
  }
}

TEST(AttentionOperators, RefuseBytesWithoutRoomForScales) {
  for (const SizesType width : {1, 4}) {
    OperatorCall update = update_call({.head_size = 6});
    const TestTensor small = tensor_of({2, 256, width}, ScalarType::Char, 1);
    update.replace(kKeys, small);
    update.replace(kValues, small);
    expect_refused(update, kUpdateCache);
  }
}

TEST(AttentionOperators, RefuseOutputsOfOtherSizes) {
  expect_refused_with(kOut, floats({1, 3, 23}));
  expect_refused_with(kOut, floats({1, 2, 24}));
  expect_refused_with(kOut, floats({1, 3, 48}));
  expect_refused_with(kOut, tensor_of({1, 3, 24}, ScalarType::Half, 2));
}

TEST(AttentionOperators, RefuseCallsWithoutAllArguments) {
  for (std::size_t count = 0; count <= kCacheWindow; ++count) {
    OperatorCall call = update_call({});
    call.truncate(count);
    EXPECT_EQ(call.run(kUpdateCache), Error::InvalidArgument) << count;
  }
  for (std::size_t count = 0; count <= kOut; ++count) {
    OperatorCall call = attention_call({});
    call.truncate(count);
    EXPECT_EQ(call.run(kAttention), Error::InvalidArgument) << count;
  }
}

}  // namespace
}  // namespace etllm::operators
