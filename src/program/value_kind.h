#pragma once

// The kinds of values that a method's instructions pass around, as sets: what
// a value is when the program is loaded and what instructions make of it.

#include <cstdint>

namespace etllm::program {

/// A set of kinds.
using KindSet = std::uint16_t;

inline constexpr KindSet kNullKind = 1U << 0;
inline constexpr KindSet kIntKind = 1U << 1;
inline constexpr KindSet kDoubleKind = 1U << 2;
inline constexpr KindSet kBoolKind = 1U << 3;
inline constexpr KindSet kTensorKind = 1U << 4;
inline constexpr KindSet kStringKind = 1U << 5;
inline constexpr KindSet kIntListKind = 1U << 6;
inline constexpr KindSet kDoubleListKind = 1U << 7;
inline constexpr KindSet kBoolListKind = 1U << 8;
inline constexpr KindSet kTensorListKind = 1U << 9;
inline constexpr KindSet kOptionalTensorListKind = 1U << 10;

inline constexpr KindSet kNumberKinds = kIntKind | kDoubleKind | kBoolKind;
inline constexpr KindSet kAnyKind = (1U << 11) - 1;

/// Whether every kind in `kinds` is one of `accepted`.
inline bool are_all(KindSet kinds, KindSet accepted) {
  return (kinds & ~accepted) == 0;
}

}  // namespace etllm::program
