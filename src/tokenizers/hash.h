#pragma once

// Hashing for the tables of the models: short texts and pairs of ids.

#include <cstdint>
#include <cstring>
#include <string_view>

namespace tokenizers::pipeline {

/// Folds the 128-bit product, so that every bit of the result depends on every
/// bit of the arguments.
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^
         static_cast<std::uint64_t>(product >> 64);
}

/// Starts to bring a cache line into the cache; any address will do.
inline void fetch(const void* address) { __builtin_prefetch(address); }

inline constexpr std::uint64_t kHashFactor = 0x9e3779b97f4a7c15;

inline std::uint64_t hash_of(std::uint64_t value) {
  return mix(value ^ 0xd6e8feb86659fd93, kHashFactor);
}

inline std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = text.size() * kHashFactor;
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t word = 0;
  for (; left >= sizeof(word); at += sizeof(word), left -= sizeof(word)) {
    std::memcpy(&word, at, sizeof(word));
    hash = mix(hash ^ word, kHashFactor);
  }
  word = 0;
  if (left != 0) std::memcpy(&word, at, left);
  return mix(hash ^ word, 0xc2b2ae3d27d4eb4f);
}

}  // namespace tokenizers::pipeline
