// How fast the machine reads memory: what a decode step cannot beat.

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdint>

#include "kernels/isa/prefetch.h"
#include "kernels/threading/parallel.h"
#include "micro/buffer.h"

namespace etllm::bench {
namespace {

/// The sum of all words, so that no load can be left out, by the widest loads
/// that the processor has. Words are asked for as far ahead as the kernels ask
/// for weights; without it, the loads that a core can wait for at once would be
/// what is measured.
__attribute__((target_clones("avx512f", "avx2", "default"))) std::uint64_t
read_all(std::span<const std::byte> bytes) {
  using Words = std::uint64_t __attribute__((vector_size(64), aligned(64)));
  const auto* words = reinterpret_cast<const Words*>(bytes.data());
  Words sums[4] = {};
  const std::size_t count = bytes.size() / sizeof(Words) / 4 * 4;
  for (std::size_t i = 0; i < count; i += 4) {
    for (std::size_t j = 0; j < 4; ++j) {
      __builtin_prefetch(
          bytes.data() + (i + j) * sizeof(Words) + kernels::kPrefetchBytes, 0,
          2);
      sums[j] ^= words[i + j];
    }
  }
  const Words sum = sums[0] ^ sums[1] ^ sums[2] ^ sums[3];
  return sum[0] ^ sum[3] ^ sum[7];
}

void memory_read(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0)) << 20;
  kernels::set_thread_count(static_cast<std::size_t>(state.range(1)));
  Buffer buffer(size, state.range(2) != 0);
  const std::size_t pages = size >> 12;
  std::atomic<std::uint64_t> sum{0};
  for (auto _ : state) {
    kernels::parallel_for(pages, 16, [&](std::size_t begin, std::size_t end) {
      sum += read_all(buffer.bytes().subspan(begin << 12, (end - begin) << 12));
    });
  }
  benchmark::DoNotOptimize(sum.load());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
  kernels::set_thread_count(0);
}
BENCHMARK(memory_read)
    ->ArgNames({"MiB", "threads", "huge"})
    ->ArgsProduct({{16, 96, 1024}, {1, 2}, {0, 1}})
    ->UseRealTime();

}  // namespace
}  // namespace etllm::bench
