// AVX-512: vectors of 16 rows.

#include "importer/tensors/isa/quantize_lanes.h"
#include "importer/tensors/quantizer.h"

#if defined(__AVX512F__)

namespace etllm::importer {
namespace {

struct Avx512 {
  using F = float __attribute__((vector_size(64)));
  using I = int __attribute__((vector_size(64)));
};

constexpr Quantizer kQuantizer = make_quantizer<Avx512>();

}  // namespace

const Quantizer* avx512_quantizer() { return &kQuantizer; }

}  // namespace etllm::importer

#else

namespace etllm::importer {
const Quantizer* avx512_quantizer() { return nullptr; }
}  // namespace etllm::importer

#endif
