#pragma once

// The quantized blocks of GGUF, one small struct per type. Each says which of
// our formats holds its values exactly, and how to cut a group of 32 values
// out of a block:
//
//     value = scale[part] * (q - zero point of the format) + minimum
//
// Block layouts: a scale (and minimum) as f16, then the quants. The K types
// pack 256 values as a superblock with small integer scales per group.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "importer/gguf/ggml_type.h"
#include "kernels/formats/half.h"
#include "kernels/formats/weight_format.h"

namespace etllm::importer {

/// 32 consecutive values of a row. `Scale` is what the target format stores:
/// `uint16_t` (the bits of an f16) or `float`.
template <typename Scale>
struct QuantGroup {
  Scale scale[2];
  Scale minimum;
  std::uint8_t quants[kernels::kColsPerGroup];
};

inline std::uint16_t load_u16(const std::byte* bytes) {
  std::uint16_t value = 0;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

inline std::uint32_t load_u32(const std::byte* bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

/// 16 bytes of nibbles: the low ones are values 0..15, the high ones 16..31.
inline void unpack_nibbles(const std::byte* packed, std::uint8_t* quants) {
  for (int i = 0; i < 16; ++i) {
    const auto byte = static_cast<std::uint8_t>(packed[i]);
    quants[i] = byte & 0x0fU;
    quants[i + 16] = byte >> 4;
  }
}

/// Adds bit i of `high_bits` to quant i as its fifth bit.
inline void add_fifth_bits(std::uint32_t high_bits, std::uint8_t* quants) {
  for (int i = 0; i < 32; ++i) {
    const std::uint32_t bit = (high_bits >> i) & 1U;
    quants[i] = static_cast<std::uint8_t>(quants[i] | (bit << 4));
  }
}

/// What all types share.
template <GgmlType kGgmlType, kernels::WeightFormat kWeightFormat,
          typename ScaleType, std::size_t kValues, std::size_t kBytes>
struct BlockTraits {
  static constexpr GgmlType kType = kGgmlType;
  static constexpr kernels::WeightFormat kFormat = kWeightFormat;
  static constexpr std::size_t kBlockBytes = kBytes;
  static constexpr std::size_t kGroups = kValues / kernels::kColsPerGroup;
  using Scale = ScaleType;
};

struct Q4_0Block : BlockTraits<GgmlType::kQ4_0, kernels::WeightFormat::kQ4,
                               std::uint16_t, 32, 18> {
  static void unpack(const std::byte* block, std::size_t,
                     QuantGroup<Scale>& out) {
    out.scale[0] = load_u16(block);
    unpack_nibbles(block + 2, out.quants);
  }
};

struct Q4_1Block : BlockTraits<GgmlType::kQ4_1, kernels::WeightFormat::kQ4Min,
                               std::uint16_t, 32, 20> {
  static void unpack(const std::byte* block, std::size_t,
                     QuantGroup<Scale>& out) {
    out.scale[0] = load_u16(block);
    out.minimum = load_u16(block + 2);
    unpack_nibbles(block + 4, out.quants);
  }
};

struct Q5_0Block : BlockTraits<GgmlType::kQ5_0, kernels::WeightFormat::kQ8,
                               std::uint16_t, 32, 22> {
  static void unpack(const std::byte* block, std::size_t,
                     QuantGroup<Scale>& out) {
    out.scale[0] = load_u16(block);
    unpack_nibbles(block + 6, out.quants);
    add_fifth_bits(load_u32(block + 2), out.quants);
    // Zero is 16 there and 128 here.
    for (std::uint8_t& quant : out.quants) quant += 112;
  }
};

struct Q5_1Block : BlockTraits<GgmlType::kQ5_1, kernels::WeightFormat::kQ8Min,
                               std::uint16_t, 32, 24> {
  static void unpack(const std::byte* block, std::size_t,
                     QuantGroup<Scale>& out) {
    out.scale[0] = load_u16(block);
    out.minimum = load_u16(block + 2);
    unpack_nibbles(block + 8, out.quants);
    add_fifth_bits(load_u32(block + 4), out.quants);
  }
};

struct Q8_0Block : BlockTraits<GgmlType::kQ8_0, kernels::WeightFormat::kQ8,
                               std::uint16_t, 32, 34> {
  static void unpack(const std::byte* block, std::size_t,
                     QuantGroup<Scale>& out) {
    out.scale[0] = load_u16(block);
    // Signed there, with zero at 128 here.
    for (std::size_t i = 0; i < 32; ++i) {
      out.quants[i] = static_cast<std::uint8_t>(block[i + 2]) ^ 0x80U;
    }
  }
};

/// Six-bit scale and minimum of a group of Q4_K or Q5_K. Twelve bytes hold
/// eight of each: the first four groups in the low bits of bytes 0..7, the
/// others in bytes 8..11 with their two high bits on top of bytes 0..7.
struct SixBitPair {
  std::uint8_t scale;
  std::uint8_t minimum;

  static SixBitPair unpack(const std::byte* packed, std::size_t group) {
    const auto byte = [packed](std::size_t i) {
      return static_cast<std::uint8_t>(packed[i]);
    };
    if (group < 4) {
      return {static_cast<std::uint8_t>(byte(group) & 63U),
              static_cast<std::uint8_t>(byte(group + 4) & 63U)};
    }
    const std::uint8_t low = byte(group + 4);
    return {static_cast<std::uint8_t>((low & 0x0fU) |
                                      ((byte(group - 4) >> 6) << 4)),
            static_cast<std::uint8_t>((low >> 4) | ((byte(group) >> 6) << 4))};
  }

  /// The values of a superblock are d * scale * q - dmin * minimum.
  void expand(const std::byte* block, QuantGroup<float>& out) const {
    out.scale[0] =
        kernels::half_to_float(load_u16(block)) * static_cast<float>(scale);
    out.minimum = -(kernels::half_to_float(load_u16(block + 2)) *
                    static_cast<float>(minimum));
  }
};

/// Two groups share 32 bytes: even groups the low nibbles, odd the high ones.
inline void unpack_shared_nibbles(const std::byte* quants, std::size_t group,
                                  std::uint8_t* out) {
  const std::byte* packed = quants + (group / 2) * 32;
  const unsigned shift = group % 2 == 0 ? 0 : 4;
  for (std::size_t i = 0; i < 32; ++i) {
    out[i] = (static_cast<std::uint8_t>(packed[i]) >> shift) & 0x0fU;
  }
}

struct Q4_KBlock
    : BlockTraits<GgmlType::kQ4_K, kernels::WeightFormat::kQ4MinF32, float, 256,
                  144> {
  static void unpack(const std::byte* block, std::size_t group,
                     QuantGroup<Scale>& out) {
    SixBitPair::unpack(block + 4, group).expand(block, out);
    unpack_shared_nibbles(block + 16, group, out.quants);
  }
};

struct Q5_KBlock
    : BlockTraits<GgmlType::kQ5_K, kernels::WeightFormat::kQ8MinF32, float, 256,
                  176> {
  static void unpack(const std::byte* block, std::size_t group,
                     QuantGroup<Scale>& out) {
    SixBitPair::unpack(block + 4, group).expand(block, out);
    unpack_shared_nibbles(block + 48, group, out.quants);
    // Bit `group` of 32 bytes is the fifth bit of the group's 32 values.
    for (std::size_t i = 0; i < 32; ++i) {
      const auto high = static_cast<std::uint8_t>(block[16 + i]);
      out.quants[i] = static_cast<std::uint8_t>(out.quants[i] |
                                                (((high >> group) & 1U) << 4));
    }
  }
};

struct Q6_KBlock
    : BlockTraits<GgmlType::kQ6_K, kernels::WeightFormat::kQ8HalfF32, float,
                  256, 210> {
  /// Low nibbles (128 bytes), high bit pairs (64), int8 scales per 16 values
  /// (16), f16 scale. Each half of 128 values takes half of the first two; its
  /// groups 0 and 1 are the low nibbles, 2 and 3 the high ones.
  static void unpack(const std::byte* block, std::size_t group,
                     QuantGroup<Scale>& out) {
    const std::size_t half = group / 4;
    const std::size_t quarter = group % 4;
    const std::byte* low = block + half * 64 + (quarter % 2) * 32;
    const std::byte* high = block + 128 + half * 32;
    const unsigned low_shift = quarter < 2 ? 0 : 4;
    const auto high_shift = static_cast<unsigned>(2 * quarter);
    for (std::size_t i = 0; i < 32; ++i) {
      const std::uint32_t nibble =
          (static_cast<std::uint32_t>(low[i]) >> low_shift) & 0x0fU;
      const std::uint32_t pair =
          (static_cast<std::uint32_t>(high[i]) >> high_shift) & 3U;
      // Zero is 32 there and 128 here.
      out.quants[i] = static_cast<std::uint8_t>((nibble | (pair << 4)) + 96U);
    }
    const float d = kernels::half_to_float(load_u16(block + 208));
    for (std::size_t part = 0; part < 2; ++part) {
      const auto scale =
          static_cast<std::int8_t>(block[192 + group * 2 + part]);
      out.scale[part] = d * static_cast<float>(scale);
    }
  }
};

}  // namespace etllm::importer
