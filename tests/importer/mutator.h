#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include "importer/gguf_bytes.h"

namespace etllm::importer {

/// Damages bytes in the ways that files get damaged, and in those that a
/// parser fears.
class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string mutate(std::string bytes) {
    const int changes = 1 + static_cast<int>(below(4));
    for (int i = 0; i < changes && !bytes.empty(); ++i) change(bytes);
    return bytes;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  /// Mostly in the metadata, which say what everything else means.
  std::size_t position(const std::string& bytes) {
    const std::size_t head = std::min<std::size_t>(bytes.size(), 4'000);
    return below(below(4) == 0 ? bytes.size() : head);
  }

  void change(std::string& bytes) {
    const std::size_t at = position(bytes);
    switch (below(7)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(below(256));
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.erase(at, 1 + below(16));
        break;
      case 4:
        bytes.insert(at, bytes.substr(below(bytes.size()), 1 + below(16)));
        break;
      default:
        overwrite(bytes, at);
        break;
    }
  }

  /// With a number on an edge, as 4 or 8 bytes.
  void overwrite(std::string& bytes, std::size_t at) {
    constexpr std::array<std::uint64_t, 12> kEdges = {
        0,          1,          2,           31,
        0x7fffffff, 0x80000000, 0xffffffff,  0x100000000,
        1ULL << 61, 1ULL << 63, ~0ULL >> 1U, ~0ULL};
    const std::string number = raw(kEdges[below(kEdges.size())]);
    const std::size_t width = below(2) == 0 ? 4 : 8;
    for (std::size_t i = 0; i < width && at + i < bytes.size(); ++i) {
      bytes[at + i] = number[i];
    }
  }

  std::minstd_rand random_;
};

}  // namespace etllm::importer
