// Attention over caches of f16 and of bytes in the shapes of SmolLM2-135M (9
// heads, 3 KV heads of 64) and Llama-3.2-1B (32, 8 of 64).

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "kernels/attention/attention.h"
#include "kernels/threading/parallel.h"

namespace etllm::bench {
namespace {

void attention(benchmark::State& state) {
  constexpr std::size_t kHeadSize = 64;
  kernels::AttentionShape shape{};
  shape.heads = static_cast<std::size_t>(state.range(0));
  shape.kv_heads = static_cast<std::size_t>(state.range(1));
  shape.head_size = kHeadSize;
  shape.tokens = static_cast<std::size_t>(state.range(2));
  shape.start = static_cast<std::size_t>(state.range(3));
  shape.capacity = (shape.start + shape.tokens + 15) / 16 * 16;
  kernels::set_thread_count(static_cast<std::size_t>(state.range(4)));
  const auto bits = static_cast<std::size_t>(state.range(5));
  // A byte has its scale beside it.
  const std::size_t row_bytes = bits == 8 ? kHeadSize + 4 : 2 * kHeadSize;
  const std::size_t cached = shape.kv_heads * shape.capacity * row_bytes;
  // Halves of 0.37, bytes of -11 and 53, and scales of 2e-6: sensible numbers,
  // for others would make subnormal weights.
  std::vector<std::uint16_t> keys(cached / 2, 0x35f5);
  std::vector<std::uint16_t> values(cached / 2, 0x35f5);
  std::vector<float> qkv(shape.tokens * shape.row_floats(), 0.1F);
  std::vector<float> out(shape.tokens * shape.heads * kHeadSize);
  const kernels::KvCache cache{
      keys.data(), values.data(),
      bits == 8 ? kernels::CacheType::kBytes : kernels::CacheType::kHalf};
  for (auto _ : state) {
    kernels::attention(qkv.data(), shape, cache, {0.125F, 0, 0}, out.data());
  }
  // Keys and values once; two operations for each value of each pair.
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(2 * cached));
  const auto tokens = static_cast<double>(shape.tokens);
  const double pairs =
      tokens * static_cast<double>(shape.start) + tokens * (tokens + 1) / 2;
  state.counters["GFLOPS"] = benchmark::Counter(
      4e-9 * static_cast<double>(state.iterations()) * pairs * kHeadSize *
          static_cast<double>(shape.heads),
      benchmark::Counter::kIsRate);
  kernels::set_thread_count(0);
}
BENCHMARK(attention)
    ->ArgNames({"heads", "kv", "tokens", "start", "threads", "bits"})
    ->ArgsProduct({{9}, {3}, {512}, {0}, {1, 2}, {16, 8}})
    ->ArgsProduct({{9}, {3}, {1}, {128, 2048}, {1, 2}, {16, 8}})
    ->Args({32, 8, 512, 0, 2, 16})
    ->Args({32, 8, 1, 2048, 2, 16})
    ->UseRealTime();

}  // namespace
}  // namespace etllm::bench
