#pragma once

// The ids of words that were met before.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizers/vocabulary.h"

namespace tokenizers::pipeline {

/// Each word has one place; a later word takes it over. For one thread at a
/// time.
class WordCache {
 public:
  /// A cache line.
  struct alignas(64) Entry {
    static constexpr std::size_t kMaxText = 30;
    static constexpr std::size_t kMaxIds = 8;

    std::uint8_t text_length = 0;  // 0 is an empty entry
    std::uint8_t id_count = 0;
    std::array<char, kMaxText> text{};
    std::array<Id, kMaxIds> ids{};

    /// Takes `word`, which fits, and its ids, unless they are too many.
    void remember(std::string_view word, std::span<const Id> found) {
      if (found.size() > kMaxIds) return;
      text_length = static_cast<std::uint8_t>(word.size());
      id_count = static_cast<std::uint8_t>(found.size());
      std::copy(word.begin(), word.end(), text.begin());
      std::copy(found.begin(), found.end(), ids.begin());
    }

    std::span<const Id> found() const { return std::span(ids).first(id_count); }

    bool holds(std::string_view word) const {
      return word.size() == text_length &&
             std::memcmp(text.data(), word.data(), word.size()) == 0;
    }
  };

  WordCache() : entries_(kEntries) {}

  static bool fits(std::string_view word) {
    return word.size() <= Entry::kMaxText;
  }

  /// The place of a word that fits.
  Entry& entry_of(std::uint64_t hash) {
    return entries_[hash & (kEntries - 1)];
  }

 private:
  static constexpr std::size_t kEntries = 1U << 14U;

  std::vector<Entry> entries_;
};

}  // namespace tokenizers::pipeline
