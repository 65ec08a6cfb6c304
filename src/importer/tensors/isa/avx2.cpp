// AVX2: vectors of 8 rows.

#include "importer/tensors/isa/quantize_lanes.h"
#include "importer/tensors/quantizer.h"

#if defined(__AVX2__)

namespace etllm::importer {
namespace {

struct Avx2 {
  using F = float __attribute__((vector_size(32)));
  using I = int __attribute__((vector_size(32)));
};

constexpr Quantizer kQuantizer = make_quantizer<Avx2>();

}  // namespace

const Quantizer* avx2_quantizer() { return &kQuantizer; }

}  // namespace etllm::importer

#else

namespace etllm::importer {
const Quantizer* avx2_quantizer() { return nullptr; }
}  // namespace etllm::importer

#endif
