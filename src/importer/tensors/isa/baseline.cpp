// Any machine: vectors of 4 rows, which the compiler maps to what there is.

#include "importer/tensors/isa/quantize_lanes.h"
#include "importer/tensors/quantizer.h"

namespace etllm::importer {
namespace {

struct Baseline {
  using F = float __attribute__((vector_size(16)));
  using I = int __attribute__((vector_size(16)));
};

constexpr Quantizer kQuantizer = make_quantizer<Baseline>();

}  // namespace

const Quantizer* baseline_quantizer() { return &kQuantizer; }

}  // namespace etllm::importer
