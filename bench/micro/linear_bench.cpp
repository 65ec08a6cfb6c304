// Matrix products of the shapes that people run: SmolLM2-135M (hidden 576,
// intermediate 1536) and Llama-3.2-1B (2048, 8192).

#include <benchmark/benchmark.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/dispatch/select.h"
#include "kernels/formats/weight_format.h"
#include "kernels/linear/linear.h"
#include "kernels/threading/parallel.h"
#include "micro/buffer.h"

namespace etllm::bench {
namespace {

using kernels::LinearTarget;
using kernels::WeightFormat;
using kernels::WeightMatrix;

/// Decode: passes over `matrices` so many that no cache holds them all.
void linear_decode(benchmark::State& state) {
  const auto format = state.range(0);
  const auto rows = static_cast<std::size_t>(state.range(1));
  const auto cols = static_cast<std::size_t>(state.range(2));
  const auto tokens = static_cast<std::size_t>(state.range(3));
  kernels::set_thread_count(static_cast<std::size_t>(state.range(4)));
  const std::size_t bytes = *kernels::weight_bytes(format, rows, cols);
  const std::size_t count = (std::size_t{96} << 20) / bytes + 1;
  Buffer buffer(bytes * count, state.range(5) != 0);
  std::vector<float> x(tokens * cols, 0.5F);
  std::vector<float> out(tokens * rows);
  std::optional<kernels::AwakeThreads> awake(std::in_place);
  for (auto _ : state) {
    for (std::size_t i = 0; i < count; ++i) {
      const LinearTarget target{
          *WeightMatrix::view(buffer.bytes().subspan(i * bytes, bytes), format,
                              rows, cols),
          out.data(), rows};
      kernels::linear(x.data(), tokens, {&target, 1});
    }
  }
  state.SetLabel(std::string(kernels::find_weight_format(format)->name));
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(bytes * count));
  awake.reset();
  kernels::set_thread_count(0);
}

/// Prefill: one matrix and many tokens, in operations a second.
void linear_prefill(benchmark::State& state) {
  const auto format = state.range(0);
  const auto rows = static_cast<std::size_t>(state.range(1));
  const auto cols = static_cast<std::size_t>(state.range(2));
  const auto tokens = static_cast<std::size_t>(state.range(3));
  kernels::set_thread_count(static_cast<std::size_t>(state.range(4)));
  Buffer buffer(*kernels::weight_bytes(format, rows, cols));
  std::vector<float> x(tokens * cols, 0.5F);
  std::vector<float> out(tokens * rows);
  const LinearTarget target{
      *WeightMatrix::view(buffer.bytes(), format, rows, cols), out.data(),
      rows};
  for (auto _ : state) kernels::linear(x.data(), tokens, {&target, 1});
  state.SetLabel(std::string(kernels::find_weight_format(format)->name));
  state.counters["GOPS"] =
      benchmark::Counter(2e-9 * static_cast<double>(state.iterations()) *
                             static_cast<double>(rows * cols * tokens),
                         benchmark::Counter::kIsRate);
  kernels::set_thread_count(0);
}

constexpr auto kQ4 = static_cast<std::int64_t>(WeightFormat::kQ4);
constexpr auto kQ4Min = static_cast<std::int64_t>(WeightFormat::kQ4Min);
constexpr auto kQ8 = static_cast<std::int64_t>(WeightFormat::kQ8);
constexpr auto kF16 = static_cast<std::int64_t>(WeightFormat::kF16);
constexpr auto kBF16 = static_cast<std::int64_t>(WeightFormat::kBF16);

BENCHMARK(linear_decode)
    ->ArgsProduct(
        {{16}, {1536, 8192, 64}, {576, 1536, 2048, 8192}, {1}, {1}, {1}})
    ->ArgNames({"format", "rows", "cols", "tokens", "threads", "huge"})
    ->ArgsProduct(
        {{kQ4, kQ4Min, kQ8, kF16, kBF16}, {1536}, {576}, {1}, {1, 2}, {0, 1}})
    ->ArgsProduct({{kQ4}, {8192}, {2048}, {1, 4, 8}, {2}, {0, 1}})
    ->UseRealTime();
BENCHMARK(linear_prefill)
    ->ArgNames({"format", "rows", "cols", "tokens", "threads"})
    ->ArgsProduct(
        {{kQ4, kQ4Min, kQ8, kF16, kBF16}, {1536}, {576}, {1, 8, 512}, {1, 2}})
    ->ArgsProduct({{kQ4, kQ4Min}, {576}, {1536}, {128, 512}, {2}})
    ->ArgsProduct({{kQ4}, {8192}, {2048}, {128, 512}, {1, 2}})
    ->UseRealTime();

}  // namespace
}  // namespace etllm::bench
