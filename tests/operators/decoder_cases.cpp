#include "operators/decoder_cases.h"

#include <cstring>
#include <initializer_list>
#include <span>

#include "kernels/formats/weight_format.h"

namespace etllm::operators {
namespace {

using Int = std::int64_t;

EValue number(Int value) { return EValue(value); }
EValue number(double value) { return EValue(value); }

template <class... Arguments>
OperatorCall call_of(Arguments&&... arguments) {
  OperatorCall call;
  (call.add(std::forward<Arguments>(arguments)), ...);
  return call;
}

// Three tokens of 32 numbers, and rows of 24 and 20 results.
TestTensor x() { return ones({1, 3, 32}); }

EValue f32() { return number(Int{0}); }

std::vector<DecoderCase> product_cases() {
  return {
      {"etllm::linear.out",
       "",
       [] {
         return call_of(x(), weight(24, 32), f32(), EValue(), ones({1, 3, 24}));
       },
       {4},
       {3}},
      {"etllm::linear.out",
       "biased",
       [] {
         return call_of(x(), weight(24, 32), f32(), ones({24}),
                        ones({1, 3, 24}));
       },
       {4},
       {3}},
      {"etllm::projection.out",
       "",
       [] {
         return call_of(x(), weight(24, 32), f32(), ones({24}), number(Int{2}),
                        ones({1, 3, 24}));
       },
       {5},
       {3}},
      {"etllm::linear_add.out",
       "",
       [] {
         return call_of(x(), weight(24, 32), f32(), ones({24}),
                        ones({1, 3, 24}), ones({1, 3, 24}));
       },
       {5},
       {3}},
      {"etllm::qkv_linear.out",
       "",
       [] {
         return call_of(x(), weight(16, 32), weight(4, 32), weight(4, 32),
                        f32(), f32(), f32(), number(Int{16}), number(Int{4}),
                        ones({24}), ones({1, 3, 24}));
       },
       {10},
       {9}},
      {"etllm::gated_mlp.out",
       "",
       [] {
         return call_of(x(), weight(20, 32), weight(20, 32), f32(), f32(),
                        number(Int{1}), ones({20}), ones({20}),
                        ones({1, 3, 20}));
       },
       {8},
       {6, 7}},
      {"etllm::moe_mlp.out",
       "",
       [] {
         return call_of(x(), weight(4, 32), f32(), weight(20, 32, 4),
                        weight(20, 32, 4), weight(32, 20, 4), f32(), f32(),
                        f32(), number(Int{4}), number(Int{2}), number(Int{20}),
                        number(Int{1}), number(Int{0}), EValue(true),
                        number(1.0), x(), x());
       },
       {17},
       {}},
  };
}

std::vector<DecoderCase> row_cases() {
  return {
      {"etllm::embedding.out",
       "",
       [] {
         return call_of(longs({1, 2}, {0, 5}), weight(6, 32), f32(),
                        number(Int{6}), ones({1, 2, 32}));
       },
       {4},
       {}},
      {"etllm::position_embedding.out",
       "",
       [] {
         return call_of(longs({1}, {2}), x(), weight(5, 32), f32(),
                        number(Int{5}), x());
       },
       {1},
       {}},
      {"etllm::rms_norm.out",
       "",
       [] { return call_of(x(), ones({32}), number(1e-5), x()); },
       {3},
       {}},
      {"etllm::layer_norm.out",
       "",
       [] { return call_of(x(), ones({32}), ones({32}), number(1e-5), x()); },
       {4},
       {2}},
      {"etllm::head_norm.out",
       "of heads",
       [] {
         return call_of(x(), ones({4}), ones({4}), number(Int{4}),
                        number(Int{2}), number(Int{4}), number(Int{0}),
                        number(1e-5), x());
       },
       {0},
       {}},
      {"etllm::head_norm.out",
       "of all heads",
       [] {
         return call_of(x(), ones({16}), ones({8}), number(Int{4}),
                        number(Int{2}), number(Int{4}), number(Int{1}),
                        number(1e-5), x());
       },
       {0},
       {}},
      {"etllm::add.out", "", [] { return call_of(x(), x(), x()); }, {2}, {}},
      {"etllm::scale.out",
       "",
       [] { return call_of(x(), number(0.5), x()); },
       {0},
       {}},
      {"etllm::soft_cap.out",
       "",
       [] { return call_of(x(), number(30.0), x()); },
       {0},
       {}},
      {"etllm::last_position.out",
       "",
       [] {
         return call_of(x(), ones({1, 1, 32}));
       },
       {1},
       {}},
      {"etllm::rope_table.out",
       "",
       [] {
         return call_of(longs({1, 3}, {1, 2, 3}), longs({1}, {7}), ones({4}),
                        number(1.0), ones({1, 3, 8}));
       },
       {4},
       {}},
      {"etllm::rope_table_switched.out",
       "",
       [] {
         return call_of(longs({1, 3}, {1, 2, 3}), longs({1}, {7}), ones({4}),
                        ones({4}), number(Int{9}), number(1.0),
                        ones({1, 3, 8}));
       },
       {6},
       {}},
      {"etllm::rope.out",
       "",
       [] {
         return call_of(x(), ones({1, 3, 4}), number(Int{4}), number(Int{2}),
                        number(Int{4}), EValue(false), x());
       },
       {0},
       {}},
  };
}

}  // namespace

TestTensor ones(std::vector<SizesType> sizes) {
  TestTensor tensor = empty_tensor(std::move(sizes), ScalarType::Float);
  const float one = 1.0f;
  for (std::size_t i = 0; i < tensor.bytes.size(); i += sizeof one) {
    std::memcpy(tensor.bytes.data() + i, &one, sizeof one);
  }
  return tensor;
}

TestTensor longs(std::vector<SizesType> sizes,
                 std::vector<std::int64_t> values) {
  TestTensor tensor{std::move(sizes), ScalarType::Long, {}};
  const auto bytes = std::as_bytes(std::span(values));
  tensor.bytes.assign(bytes.begin(), bytes.end());
  return tensor;
}

TestTensor weight(std::size_t rows, std::size_t cols, std::size_t count) {
  const std::size_t bytes = *kernels::weight_bytes(0, rows, cols) * count;
  return empty_tensor({static_cast<SizesType>(bytes)}, ScalarType::Byte);
}

std::vector<DecoderCase> decoder_cases() {
  auto cases = product_cases();
  for (auto& one : row_cases()) cases.push_back(std::move(one));
  return cases;
}

}  // namespace etllm::operators
