// Any machine: vectors of four lanes, which the compiler maps to what the
// baseline of the architecture has.

#include "kernels/formats/half.h"
#include "kernels/isa/make_kernel_set.h"

namespace etllm::kernels {
namespace {

struct Portable {
  static constexpr int kLanes = 4;
  static constexpr int kByteBias = 0;
  static constexpr int kTokenTile = 4;
  static constexpr int kScoreVectors = 2;
  using F = float __attribute__((vector_size(16)));
  using I = int __attribute__((vector_size(16)));
  using Bytes = unsigned char __attribute__((vector_size(16)));

  template <class Vector>
  static Vector read(const void* p) {
    Vector value;
    __builtin_memcpy(&value, p, sizeof value);
    return value;
  }
  static F set1(float value) { return F{value, value, value, value}; }
  static I set1(int value) { return I{value, value, value, value}; }
  static F load(const float* p) { return read<F>(p); }
  static F load_bits(const unsigned char* p) { return read<F>(p); }
  static F load_half(const void* p) {
    std::uint16_t halves[kLanes];
    __builtin_memcpy(halves, p, sizeof halves);
    return F{half_to_float(halves[0]), half_to_float(halves[1]),
             half_to_float(halves[2]), half_to_float(halves[3])};
  }
  static F load_signed_bytes(const void* p) {
    std::int8_t bytes[kLanes];
    __builtin_memcpy(bytes, p, sizeof bytes);
    return to_float(I{bytes[0], bytes[1], bytes[2], bytes[3]});
  }
  static float half_to_float(std::uint16_t half) {
    return kernels::half_to_float(half);
  }
  static void store(float* p, F value) {
    __builtin_memcpy(p, &value, sizeof value);
  }
  static void store_half(std::uint16_t* p, F value) {
    for (int lane = 0; lane < kLanes; ++lane) {
      p[lane] = float_to_half(value[lane]);
    }
  }
  static void store_narrow(std::int8_t* p, I value) {
    for (int lane = 0; lane < kLanes; ++lane) {
      p[lane] = static_cast<std::int8_t>(value[lane]);
    }
  }
  static F fma(F a, F b, F c) { return a * b + c; }
  static F max(F a, F b) { return a > b ? a : b; }
  static F min(F a, F b) { return a < b ? a : b; }
  static I round(F value) {
    // Values beyond the range of an int have no meaning here; NaN neither.
    I rounded;
    for (int lane = 0; lane < kLanes; ++lane) {
      const bool fits = value[lane] > -2e9f && value[lane] < 2e9f;
      rounded[lane] = fits ? static_cast<int>(__builtin_rintf(value[lane])) : 0;
    }
    return rounded;
  }
  static F to_float(I value) { return __builtin_convertvector(value, F); }
  static F as_floats(I value) { return reinterpret_cast<F>(value); }
  static I as_ints(Bytes value) { return reinterpret_cast<I>(value); }
  /// A bit for each lane of `value` that reaches `border`.
  static unsigned at_least(F value, F border) {
    unsigned mask = 0;
    for (int lane = 0; lane < kLanes; ++lane) {
      mask |= static_cast<unsigned>(value[lane] >= border[lane]) << lane;
    }
    return mask;
  }
  static float reduce_add(F value) {
    return (value[0] + value[2]) + (value[1] + value[3]);
  }
  static float reduce_max(F value) {
    const float even = value[0] > value[2] ? value[0] : value[2];
    const float odd = value[1] > value[3] ? value[1] : value[3];
    return even > odd ? even : odd;
  }
  static int reduce_add(I value) {
    return value[0] + value[1] + value[2] + value[3];
  }
  static Bytes load_bytes(const unsigned char* p) { return read<Bytes>(p); }
  static Bytes low_nibbles(Bytes value) { return value & 0x0f; }
  static Bytes high_nibbles(Bytes value) { return value >> 4; }
  static I dot_bytes(I sum, Bytes weights, I x) {
    const I w = as_ints(weights);
    for (int j = 0; j < 4; ++j) {
      // Up and down again, so that the sign of the byte fills the rest.
      const I value = (x << (24 - 8 * j)) >> 24;
      sum += ((w >> (8 * j)) & 0xff) * value;
    }
    return sum;
  }
  static I dot_nibbles(I sum, Bytes weights, I x) {
    return dot_bytes(sum, weights, x);
  }
};

constexpr KernelSet kKernels = make_kernel_set<Portable>("portable");

}  // namespace

const KernelSet* portable_kernels() { return &kKernels; }

}  // namespace etllm::kernels
