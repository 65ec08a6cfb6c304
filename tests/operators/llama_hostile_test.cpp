// A program is a file, and a file can hold anything: calls that contradict a
// schema fail, and change nothing.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <set>

#include "operators/golden_cases.h"

namespace etllm::operators {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kSmallest = std::numeric_limits<std::int64_t>::min();

/// A small case of each operator, and others that differ in what they pass.
std::vector<const GoldenCase*> small_cases() {
  std::vector<const GoldenCase*> result;
  std::set<std::pair<std::string, std::string>> seen;
  for (const GoldenCase& golden : golden_cases()) {
    const std::string kind = golden.name.substr(0, golden.name.find(' '));
    if (seen.emplace(golden.op, kind).second) result.push_back(&golden);
  }
  return result;
}

bool is_tensor(const GoldenCase& golden, std::size_t index) {
  return index >= golden.arguments.size() ||
         golden.arguments[index].contains("dtype");
}

/// The placeholder of a cache operator, which nothing reads.
bool is_placeholder(const GoldenCase& golden, std::size_t index) {
  return golden.outputs.empty() && index == golden.arguments.size();
}

/// The bytes of everything that the call could have changed.
std::vector<std::vector<std::byte>> state(OperatorCall& call,
                                          const GoldenCase& golden) {
  std::vector<std::vector<std::byte>> result;
  for (const auto& mutated : golden.mutated) {
    if (!call.value(mutated.first).isTensor()) continue;
    const auto& tensor = call.value(mutated.first).toTensor();
    const auto* data = static_cast<const std::byte*>(tensor.const_data_ptr());
    if (data != nullptr) result.emplace_back(data, data + tensor.nbytes());
  }
  return result;
}

/// Runs the case with one argument replaced; it must fail and leave the
/// caches as they are.
template <class Value>
void expect_refused(const GoldenCase& golden, std::size_t index,
                    const Value& value) {
  OperatorCall call = golden.call();
  call.replace(index, value);
  const auto before = state(call, golden);
  EXPECT_EQ(call.run(golden.op), Error::InvalidArgument);
  EXPECT_TRUE(state(call, golden) == before);
}

template <class Check>
void for_each_argument(const Check& check) {
  for (const GoldenCase* golden : small_cases()) {
    SCOPED_TRACE(golden->op + " " + golden->name);
    OperatorCall call = golden->call();
    for (std::size_t i = 0; i < call.size(); ++i) {
      if (is_placeholder(*golden, i)) continue;
      SCOPED_TRACE("argument " + std::to_string(i));
      check(*golden, i);
    }
  }
}

TEST(HostileLlamaCall, FailsWithoutAllArguments) {
  for (const GoldenCase* golden : small_cases()) {
    SCOPED_TRACE(golden->op + " " + golden->name);
    const std::size_t needed =
        golden->arguments.size() + golden->outputs.size();
    for (std::size_t count = 0; count < needed; ++count) {
      OperatorCall call = golden->call();
      call.truncate(count);
      EXPECT_EQ(call.run(golden->op), Error::InvalidArgument) << count;
    }
  }
}

TEST(HostileLlamaCall, FailsWithAnArgumentOfAnotherType) {
  for_each_argument([](const GoldenCase& golden, std::size_t i) {
    if (is_tensor(golden, i)) {
      expect_refused(golden, i, EValue(std::int64_t{1}));
      expect_refused(golden, i, EValue(1.0));
      expect_refused(golden, i, EValue(true));
      expect_refused(golden, i, std::string("tensor"));
    } else if (golden.arguments[i].is_number_integer()) {
      expect_refused(golden, i, EValue());
      expect_refused(golden, i, EValue(1.0));
      expect_refused(golden, i, EValue(true));
      expect_refused(golden, i, std::string("1"));
    } else if (golden.arguments[i].is_boolean()) {
      expect_refused(golden, i, EValue());
      expect_refused(golden, i, EValue(std::int64_t{1}));
    } else if (golden.arguments[i].is_string()) {
      expect_refused(golden, i, EValue());
      expect_refused(golden, i, std::string("relu"));
      expect_refused(golden, i, std::string());
    } else {
      // An optional tensor or number.
      expect_refused(golden, i, EValue(true));
      expect_refused(golden, i, std::string("none"));
    }
  });
}

TEST(HostileLlamaCall, FailsWithATensorOfAnotherElementType) {
  for_each_argument([](const GoldenCase& golden, std::size_t i) {
    if (!is_tensor(golden, i)) return;
    OperatorCall call = golden.call();
    const auto& tensor = call.tensor(i);
    for (const ScalarType type :
         {ScalarType::Float, ScalarType::Half, ScalarType::Double,
          ScalarType::Long, ScalarType::Int, ScalarType::Bool,
          ScalarType::Short}) {
      if (type == tensor.scalar_type()) continue;
      const TestTensor other =
          empty_tensor({tensor.sizes().begin(), tensor.sizes().end()}, type);
      expect_refused(golden, i, other);
    }
  });
}

TEST(HostileLlamaCall, FailsWithATensorWithoutMemory) {
  for_each_argument([](const GoldenCase& golden, std::size_t i) {
    if (!is_tensor(golden, i)) return;
    OperatorCall call = golden.call();
    const auto& tensor = call.tensor(i);
    if (tensor.numel() == 0) return;
    expect_refused(golden, i,
                   TestTensor{{tensor.sizes().begin(), tensor.sizes().end()},
                              tensor.scalar_type(),
                              {}});
  });
}

TEST(HostileLlamaCall, FailsWithATensorOfAnotherRank) {
  for_each_argument([](const GoldenCase& golden, std::size_t i) {
    // Outputs are resized, and some operators take any rank.
    if (!is_tensor(golden, i) || i >= golden.arguments.size() ||
        golden.op == "llama::fast_hadamard_transform.out" ||
        golden.op == "llama::fallback.out") {
      return;
    }
    OperatorCall call = golden.call();
    if (call.tensor(i).numel() == 0) return;
    const ScalarType type = call.tensor(i).scalar_type();
    std::vector<SizesType> sizes(call.tensor(i).sizes().begin(),
                                 call.tensor(i).sizes().end());
    expect_refused(golden, i, empty_tensor({}, type));
    expect_refused(golden, i, empty_tensor({2, 1, 1, 1, 1, 1}, type));
    sizes.push_back(1);
    expect_refused(golden, i, empty_tensor(sizes, type));
  });
}

TEST(HostileLlamaCall, NeverReadsBeyondATensorOfOtherSizes) {
  // Some of these are good calls. Under AddressSanitizer a bad one that is
  // not refused ends the test.
  for_each_argument([](const GoldenCase& golden, std::size_t i) {
    if (!is_tensor(golden, i)) return;
    OperatorCall original = golden.call();
    const auto& tensor = original.tensor(i);
    for (ssize_t dim = 0; dim < tensor.dim(); ++dim) {
      for (const SizesType size :
           {SizesType{0}, SizesType{1}, tensor.sizes()[dim] - 1,
            tensor.sizes()[dim] + 1, 2 * tensor.sizes()[dim]}) {
        if (size < 0) continue;
        std::vector<SizesType> sizes(tensor.sizes().begin(),
                                     tensor.sizes().end());
        sizes[static_cast<std::size_t>(dim)] = size;
        OperatorCall call = golden.call();
        call.replace(i, empty_tensor(sizes, tensor.scalar_type()));
        const Error error = call.run(golden.op);
        EXPECT_TRUE(error == Error::Ok || error == Error::InvalidArgument);
      }
    }
  });
}

TEST(HostileLlamaCall, FailsWithNumbersOutOfRange) {
  for_each_argument([](const GoldenCase& golden, std::size_t i) {
    if (is_tensor(golden, i) || !golden.arguments[i].is_number_integer()) {
      return;
    }
    const bool has_indices =
        golden.op == "llama::update_cache_with_indices.out";
    const bool is_masked = golden.name.starts_with("masked");
    // Nothing reads the start of these calls.
    if (has_indices) return;
    for (const std::int64_t number : {std::int64_t{-1}, kSmallest}) {
      expect_refused(golden, i, EValue(number));
    }
    if (is_masked && golden.op != "llama::sdpa_with_kv_cache.out") return;
    for (const std::int64_t number :
         {kLargest, std::int64_t{1} << 32, std::int64_t{1} << 31}) {
      expect_refused(golden, i, EValue(number));
    }
  });
}

TEST(HostileLlamaCall, FailsWhenTheAnswerDoesNotFitTheOutput) {
  for (const GoldenCase* golden : small_cases()) {
    SCOPED_TRACE(golden->op + " " + golden->name);
    for (std::size_t i = 0; i < golden->outputs.size(); ++i) {
      const TestTensor& output = golden->outputs[i];
      if (output.bytes.empty()) continue;
      std::vector<SizesType> sizes = output.sizes;
      sizes.back() -= 1;
      expect_refused(*golden, golden->arguments.size() + i,
                     empty_tensor(sizes, output.type));
    }
  }
}

TEST(HostileLlamaCall, FailsWithIndicesBeyondTheCache) {
  for (const std::int64_t index :
       {std::int64_t{-1}, std::int64_t{5}, kLargest, kSmallest}) {
    OperatorCall call;
    call.add(empty_tensor({1, 2, 1, 2}, ScalarType::Float));
    TestTensor cache = empty_tensor({1, 5, 1, 2}, ScalarType::Float);
    cache.bytes.assign(cache.bytes.size(), std::byte{0x3f});
    call.add(cache);
    call.add(EValue(std::int64_t{0}));
    TestTensor indices = empty_tensor({1, 2}, ScalarType::Long);
    std::memcpy(indices.bytes.data() + sizeof index, &index, sizeof index);
    call.add(indices);
    call.add(empty_tensor({1}, ScalarType::Float));
    EXPECT_EQ(call.run("llama::update_cache_with_indices.out"),
              Error::InvalidArgument);
    // The first index was good, but nothing was stored there.
    EXPECT_EQ(numbers(call.tensor(1)), numbers(cache));
  }
}

TEST(HostileLlamaCall, FailsWithAMaskAndACausalFlag) {
  for (const GoldenCase* golden : small_cases()) {
    if (!golden->name.starts_with("masked")) continue;
    for (std::size_t i = 0; i < golden->arguments.size(); ++i) {
      if (!golden->arguments[i].is_boolean() ||
          i == golden->arguments.size() - 1) {
        continue;
      }
      expect_refused(*golden, i, EValue(true));
    }
  }
}

}  // namespace
}  // namespace etllm::operators
