// How fast the machine multiplies 8-bit numbers, and tiles of them or of bf16:
// what a prefill cannot beat. Independent accumulators in registers, nothing
// from memory.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <random>

#include "kernels/dispatch/select.h"
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

/// Calls `work` with many seeds, on as many threads as the benchmark asks for;
/// each call executes `operations`.
template <class Work>
void measure(benchmark::State& state, double operations, const Work& work) {
  kernels::set_thread_count(static_cast<std::size_t>(state.range(0)));
  constexpr std::size_t kTasks = 16;
  for (auto _ : state) {
    kernels::parallel_for(kTasks, 1, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        benchmark::DoNotOptimize(work(static_cast<int>(i)));
      }
    });
  }
  state.counters["GOPS"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * kTasks * operations / 1e9,
      benchmark::Counter::kIsRate);
  kernels::set_thread_count(0);
}

void int8_dot_products(benchmark::State& state) {
  if (!__builtin_cpu_supports("avx512vnni")) {
    state.SkipWithError("no AVX-512 VNNI");
    return;
  }
  // 64 multiplications and 64 additions an instruction.
  measure(state, 128.0 * kRounds * kAccumulators, dot_products);
}
BENCHMARK(int8_dot_products)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime();

// ---------------------------------------------------------------- tiles (AMX)

/// Two tiles of activations and two of weights. How fast they are multiplied
/// may depend on what is in them: zeros take less power.
struct TileOperands {
  alignas(64) std::uint8_t bytes[4][1024];
};

TileOperands random_int8() {
  TileOperands operands;
  std::mt19937 random(1);
  for (auto& tile : operands.bytes) {
    for (auto& byte : tile) byte = static_cast<std::uint8_t>(random());
  }
  return operands;
}

TileOperands random_bf16() {
  TileOperands operands;
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (auto& tile : operands.bytes) {
    for (std::size_t i = 0; i < sizeof(tile); i += 2) {
      const float value = uniform(random);
      // bf16 is the upper half of a float.
      std::memcpy(tile + i, reinterpret_cast<const char*>(&value) + 2, 2);
    }
  }
  return operands;
}

/// The shapes of eight tile registers, 16 rows of 64 bytes each.
struct alignas(64) TileShapes {
  std::uint8_t palette = 1;
  std::uint8_t reserved[15] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

struct Int8Tiles {
  static void multiply() {
    asm volatile(
        "tdpbssd %tmm6, %tmm4, %tmm0\n\ttdpbssd %tmm7, %tmm4, %tmm1\n\t"
        "tdpbssd %tmm6, %tmm5, %tmm2\n\ttdpbssd %tmm7, %tmm5, %tmm3");
  }
};
struct Bf16Tiles {
  static void multiply() {
    asm volatile(
        "tdpbf16ps %tmm6, %tmm4, %tmm0\n\ttdpbf16ps %tmm7, %tmm4, %tmm1\n\t"
        "tdpbf16ps %tmm6, %tmm5, %tmm2\n\ttdpbf16ps %tmm7, %tmm5, %tmm3");
  }
};

template <class Tiles>
int tile_products(const TileOperands& operands) {
  constexpr std::int64_t kStride = 64;
  const TileShapes shapes;
  asm volatile(
      "ldtilecfg %0\n\t"
      "tilezero %%tmm0\n\ttilezero %%tmm1\n\t"
      "tilezero %%tmm2\n\ttilezero %%tmm3\n\t"
      "tileloadd (%1,%2,1), %%tmm4\n\ttileloadd 1024(%1,%2,1), %%tmm5\n\t"
      "tileloadd 2048(%1,%2,1), %%tmm6\n\ttileloadd 3072(%1,%2,1), %%tmm7"
      :
      : "m"(shapes), "r"(operands.bytes), "r"(kStride)
      : "memory");
  for (int round = 0; round < kRounds; ++round) Tiles::multiply();
  alignas(64) int sums[256];
  asm volatile("tilestored %%tmm0, (%0,%1,1)\n\ttilerelease"
               :
               : "r"(sums), "r"(kStride)
               : "memory");
  return sums[0];
}

/// `element_bytes`: 1 or 2, of a row of 64 bytes.
template <class Tiles>
void measure_tiles(benchmark::State& state, const TileOperands& operands,
                   int element_bytes) {
  // Asking for the kernels has asked the system for the registers.
  const auto available = kernels::available_kernels();
  if (std::ranges::find(available, "amx") == available.end()) {
    state.SkipWithError("no AMX");
    return;
  }
  const double products = 16.0 * 16.0 * 64.0 / element_bytes;
  measure(state, 2.0 * products * 4 * kRounds,
          [&](int /*seed*/) { return tile_products<Tiles>(operands); });
}

void int8_tile_products(benchmark::State& state) {
  measure_tiles<Int8Tiles>(state, random_int8(), 1);
}
BENCHMARK(int8_tile_products)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime();

void bf16_tile_products(benchmark::State& state) {
  measure_tiles<Bf16Tiles>(state, random_bf16(), 2);
}
BENCHMARK(bf16_tile_products)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime();

}  // namespace
}  // namespace etllm::bench

#endif
