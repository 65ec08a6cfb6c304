// A program is a file, and a file can hold anything: calls that contradict the
// contract of an operator fail, and change nothing.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include "operators/decoder_cases.h"

namespace etllm::operators {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kSmallest = std::numeric_limits<std::int64_t>::min();

/// The bytes of what the call changes.
std::vector<std::vector<std::byte>> state(OperatorCall& call,
                                          const DecoderCase& good) {
  std::vector<std::vector<std::byte>> result;
  for (const std::size_t index : good.changed) {
    if (!call.value(index).isTensor()) continue;
    const auto& tensor = call.value(index).toTensor();
    const auto* data = static_cast<const std::byte*>(tensor.const_data_ptr());
    if (data != nullptr) result.emplace_back(data, data + tensor.nbytes());
  }
  return result;
}

template <class Value>
void expect_refused(const DecoderCase& good, std::size_t index,
                    const Value& value) {
  OperatorCall call = good.call();
  call.replace(index, value);
  const auto before = state(call, good);
  EXPECT_EQ(call.run(good.op), Error::InvalidArgument);
  EXPECT_TRUE(state(call, good) == before);
}

bool is_placeholder(const DecoderCase& good, std::size_t index,
                    std::size_t count) {
  // The returned value of operators that work in place; nothing reads it.
  return index + 1 == count && !std::ranges::count(good.changed, index);
}

template <class Check>
void for_each_argument(const Check& check) {
  for (const DecoderCase& good : decoder_cases()) {
    OperatorCall call = good.call();
    for (std::size_t i = 0; i < call.size(); ++i) {
      if (is_placeholder(good, i, call.size())) continue;
      SCOPED_TRACE(good.op + " " + good.name + ", argument " +
                   std::to_string(i));
      check(good, call, i);
    }
  }
}

TEST(HostileDecoderCall, IsGoodBeforeItIsSpoilt) {
  for (const DecoderCase& good : decoder_cases()) {
    OperatorCall call = good.call();
    EXPECT_EQ(call.run(good.op), Error::Ok) << good.op << " " << good.name;
  }
}

TEST(HostileDecoderCall, FailsWithoutAllArguments) {
  for (const DecoderCase& good : decoder_cases()) {
    const std::size_t size = good.call().size();
    const bool has_placeholder = is_placeholder(good, size - 1, size);
    for (std::size_t count = 0; count + (has_placeholder ? 1 : 0) < size;
         ++count) {
      OperatorCall call = good.call();
      call.truncate(count);
      EXPECT_EQ(call.run(good.op), Error::InvalidArgument)
          << good.op << " with " << count;
    }
  }
}

TEST(HostileDecoderCall, FailsWithAnArgumentOfAnotherKind) {
  for_each_argument(
      [](const DecoderCase& good, OperatorCall& call, std::size_t i) {
        const EValue& value = call.value(i);
        if (!std::ranges::count(good.optional, i)) {
          expect_refused(good, i, EValue());
        }
        if (!value.isInt()) expect_refused(good, i, EValue(std::int64_t{1}));
        if (!value.isDouble()) expect_refused(good, i, EValue(1.0));
        if (!value.isBool()) expect_refused(good, i, EValue(true));
        expect_refused(good, i, std::string("text"));
        if (!value.isTensor() && !value.isNone()) {
          expect_refused(good, i, ones({1, 3, 32}));
        }
      });
}

TEST(HostileDecoderCall, FailsWithATensorOfAnotherTypeOrRankOrWithoutMemory) {
  for_each_argument([](const DecoderCase& good, OperatorCall& call,
                       std::size_t i) {
    if (!call.value(i).isTensor()) return;
    const auto& tensor = call.tensor(i);
    std::vector<SizesType> sizes(tensor.sizes().begin(), tensor.sizes().end());
    for (const ScalarType type :
         {ScalarType::Float, ScalarType::Half, ScalarType::Double,
          ScalarType::Long, ScalarType::Int, ScalarType::Byte}) {
      if (type == tensor.scalar_type()) continue;
      expect_refused(good, i, empty_tensor(sizes, type));
    }
    expect_refused(good, i, TestTensor{sizes, tensor.scalar_type(), {}});
    expect_refused(good, i, empty_tensor({}, tensor.scalar_type()));
    sizes.push_back(1);
    expect_refused(good, i, empty_tensor(sizes, tensor.scalar_type()));
  });
}

TEST(HostileDecoderCall, FailsWithATensorOfAnotherWidth) {
  for_each_argument([](const DecoderCase& good, OperatorCall& call,
                       std::size_t i) {
    if (!call.value(i).isTensor()) return;
    const auto& tensor = call.tensor(i);
    // Ids and tables say themselves how many they are.
    if (tensor.scalar_type() == ScalarType::Long && tensor.dim() == 2) return;
    if (good.op == "etllm::rope.out" && i == 1) return;
    // Nothing else has a width.
    if (call.size() == 3 && call.value(1).isDouble()) return;
    // Padding hides how many rows a matrix has.
    if (good.op == "etllm::linear.out" && call.value(3).isNone()) return;
    std::vector<SizesType> sizes(tensor.sizes().begin(), tensor.sizes().end());
    const SizesType width = sizes.back();
    for (const SizesType other : {0, width - 1, width + 1, 2 * width}) {
      sizes.back() = other;
      expect_refused(good, i, empty_tensor(sizes, tensor.scalar_type()));
    }
  });
}

TEST(HostileDecoderCall, NeverReadsBeyondATensorOfOtherSizes) {
  // Some of these are good calls. Under AddressSanitizer a bad one that is not
  // refused ends the test.
  for_each_argument([](const DecoderCase& good, OperatorCall& call,
                       std::size_t i) {
    if (!call.value(i).isTensor()) return;
    const auto& tensor = call.tensor(i);
    for (ssize_t dim = 0; dim < tensor.dim(); ++dim) {
      const SizesType before = tensor.sizes()[static_cast<std::size_t>(dim)];
      for (const SizesType size :
           {SizesType{0}, SizesType{1}, before - 1, before + 1, 2 * before}) {
        std::vector<SizesType> sizes(tensor.sizes().begin(),
                                     tensor.sizes().end());
        sizes[static_cast<std::size_t>(dim)] = size;
        OperatorCall other = good.call();
        other.replace(i, empty_tensor(sizes, tensor.scalar_type()));
        const Error error = other.run(good.op);
        EXPECT_TRUE(error == Error::Ok || error == Error::InvalidArgument);
      }
    }
  });
}

TEST(HostileDecoderCall, FailsWithNumbersOutOfRange) {
  for_each_argument(
      [](const DecoderCase& good, OperatorCall& call, std::size_t i) {
        if (!call.value(i).isInt()) return;
        for (const std::int64_t value :
             {std::int64_t{-1}, kSmallest, kLargest, std::int64_t{1} << 31,
              std::int64_t{1} << 32, (std::int64_t{1} << 32) + 1}) {
          expect_refused(good, i, EValue(value));
        }
      });
}

TEST(HostileDecoderCall, NeverReadsBeyondATensorForOtherNumbers) {
  for_each_argument(
      [](const DecoderCase& good, OperatorCall& call, std::size_t i) {
        if (!call.value(i).isInt()) return;
        for (std::int64_t value = 0; value < 70; ++value) {
          OperatorCall other = good.call();
          other.replace(i, EValue(value));
          const Error error = other.run(good.op);
          EXPECT_TRUE(error == Error::Ok || error == Error::InvalidArgument);
        }
      });
}

/// The case of an operator.
const DecoderCase& case_of(const std::string& op) {
  static const std::vector<DecoderCase> cases = decoder_cases();
  return *std::ranges::find(cases, op, &DecoderCase::op);
}

TEST(HostileDecoderCall, FailsWithPositionsBeyondTheTable) {
  // Three tokens and five positions.
  for (const std::int64_t start :
       {std::int64_t{3}, std::int64_t{5}, kLargest, std::int64_t{-1}}) {
    expect_refused(case_of("etllm::position_embedding.out"), 0,
                   longs({1}, {start}));
  }
}

TEST(HostileDecoderCall, FailsWithTokensOutsideTheVocabulary) {
  for (const std::int64_t token :
       {std::int64_t{6}, std::int64_t{-1}, kLargest, kSmallest}) {
    expect_refused(case_of("etllm::embedding.out"), 0,
                   longs({1, 2}, {0, token}));
  }
}

TEST(HostileDecoderCall, FailsWithACapThatCapsNothing) {
  for (const double cap :
       {0.0, -1.0, 1e300, std::numeric_limits<double>::infinity(),
        std::numeric_limits<double>::quiet_NaN()}) {
    expect_refused(case_of("etllm::soft_cap.out"), 1, EValue(cap));
  }
}

TEST(HostileDecoderCall, FailsWithMoreActiveExpertsThanThereAre) {
  const DecoderCase& good = case_of("etllm::moe_mlp.out");
  expect_refused(good, 10, EValue(std::int64_t{5}));
  expect_refused(good, 10, EValue(std::int64_t{0}));
  // Scoring rules that do not exist.
  expect_refused(good, 13, EValue(std::int64_t{2}));
}

}  // namespace
}  // namespace etllm::operators
