#pragma once

// What the processor can do, and the system lets it do.

namespace etllm::kernels {

bool has_avx2();         ///< With FMA and F16C.
bool has_avx_vnni();     ///< And AVX-VNNI.
bool has_avx512();       ///< F, BW, DQ, VL and VNNI, with all of `has_avx2`.
bool has_avx512_bf16();  ///< And BF16.
/// Tiles of bf16, with all of `has_avx512_bf16`. Asks the system for the tile
/// registers, which a process has to; that is once for all threads.
bool has_amx();
bool has_neon_dotprod();
bool has_neon_i8mm();  ///< With dot products.

}  // namespace etllm::kernels
