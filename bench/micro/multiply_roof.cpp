// How fast the machine multiplies 8-bit numbers: what a prefill cannot beat.
// Independent accumulators in registers, nothing from memory.

#include <benchmark/benchmark.h>

#include <cstdint>

#include "kernels/threading/parallel.h"

#if defined(__x86_64__)

#include <immintrin.h>

namespace etllm::bench {
namespace {

constexpr int kAccumulators = 8;
constexpr int kRounds = 1 << 15;

[[gnu::noinline, gnu::target("avx512f,avx512vnni")]] int dot_products(
    int seed) {
  const __m512i a = _mm512_set1_epi32(seed + 3);
  __m512i s0 = a, s1 = a, s2 = a, s3 = a, s4 = a, s5 = a, s6 = a, s7 = a;
  for (int round = 0; round < kRounds; ++round) {
    s0 = _mm512_dpbusd_epi32(s0, a, a);
    s1 = _mm512_dpbusd_epi32(s1, a, a);
    s2 = _mm512_dpbusd_epi32(s2, a, a);
    s3 = _mm512_dpbusd_epi32(s3, a, a);
    s4 = _mm512_dpbusd_epi32(s4, a, a);
    s5 = _mm512_dpbusd_epi32(s5, a, a);
    s6 = _mm512_dpbusd_epi32(s6, a, a);
    s7 = _mm512_dpbusd_epi32(s7, a, a);
    // Keeps every sum in a register of its own, and in the loop.
    asm volatile(""
                 : "+v"(s0), "+v"(s1), "+v"(s2), "+v"(s3), "+v"(s4), "+v"(s5),
                   "+v"(s6), "+v"(s7));
  }
  int lanes[16];
  _mm512_storeu_si512(lanes, s0);
  return lanes[0];
}

void int8_dot_products(benchmark::State& state) {
  if (!__builtin_cpu_supports("avx512vnni")) {
    state.SkipWithError("no AVX-512 VNNI");
    return;
  }
  const auto threads = static_cast<std::size_t>(state.range(0));
  kernels::set_thread_count(threads);
  constexpr std::size_t kTasks = 16;
  for (auto _ : state) {
    kernels::parallel_for(kTasks, 1, [](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        benchmark::DoNotOptimize(dot_products(static_cast<int>(i)));
      }
    });
  }
  // 64 multiplications and 64 additions an instruction.
  state.counters["GOPS"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kTasks *
                             kRounds * kAccumulators * 128 / 1e9,
                         benchmark::Counter::kIsRate);
  kernels::set_thread_count(0);
}
BENCHMARK(int8_dot_products)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();

}  // namespace
}  // namespace etllm::bench

#endif
