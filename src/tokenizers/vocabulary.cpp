#include "tokenizers/vocabulary.h"

#include <algorithm>
#include <array>
#include <bit>

#include "tokenizers/hash.h"

namespace tokenizers::pipeline {
namespace {

/// Ids may leave gaps, but a table over them must stay in proportion.
constexpr std::size_t kMaxIdsPerPiece = 64;
constexpr std::size_t kAlwaysAllowedIds = 1U << 20U;

/// How many lookups wait for memory at once.
constexpr std::size_t kFetchedTogether = 32;

std::uint32_t tag_of(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32U);
}

}  // namespace

void Vocabulary::append(std::string_view piece, Id id) {
  entries_.push_back(
      {text_.size(), static_cast<std::uint32_t>(piece.size()), id});
  text_ += piece;
  longest_piece_ = std::max(longest_piece_, piece.size());
}

std::size_t Vocabulary::slot_of(std::string_view piece,
                                std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  const std::uint32_t tag = tag_of(hash);
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.entry == 0) return at;
    if (slot.tag == tag && text_of(entries_[slot.entry - 1]) == piece) {
      return at;
    }
  }
}

etllm::Status Vocabulary::build_index(bool keep_duplicates) {
  std::size_t bound = 0;
  for (const Entry& entry : entries_) {
    bound = std::max<std::size_t>(bound, std::size_t{entry.id} + 1);
  }
  if (bound > kAlwaysAllowedIds + kMaxIdsPerPiece * entries_.size()) {
    return etllm::not_supported(
        "the vocabulary has " + std::to_string(entries_.size()) +
        " pieces but ids up to " + std::to_string(bound - 1));
  }
  entry_of_id_.assign(bound, 0);
  index_pieces();
  index_ids(keep_duplicates);
  return {};
}

void Vocabulary::index_pieces() {
  slots_.assign(std::bit_ceil(entries_.size() + entries_.size() / 2 + 2),
                Slot{0, 0});
  const std::size_t mask = slots_.size() - 1;
  size_ = 0;
  std::array<std::uint64_t, kFetchedTogether> hashes{};
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (i % kFetchedTogether == 0) {
      const std::size_t end = std::min(i + kFetchedTogether, entries_.size());
      for (std::size_t j = i; j < end; ++j) {
        hashes[j - i] = hash_of(text_of(entries_[j]));
        fetch(&slots_[hashes[j - i] & mask]);
      }
    }
    const std::uint64_t hash = hashes[i % kFetchedTogether];
    Slot& slot = slots_[slot_of(text_of(entries_[i]), hash)];
    if (slot.entry == 0) ++size_;
    slot = {tag_of(hash), static_cast<std::uint32_t>(i + 1)};
  }
}

void Vocabulary::index_ids(bool keep_duplicates) {
  const bool drops = size_ != entries_.size() && !keep_duplicates;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (drops) {
      const std::string_view piece = text_of(entries_[i]);
      if (slots_[slot_of(piece, hash_of(piece))].entry != i + 1) continue;
    }
    entry_of_id_[entries_[i].id] = static_cast<std::uint32_t>(i + 1);
  }
}

std::optional<Id> Vocabulary::find(std::string_view piece) const {
  return find(piece, hash_of(piece));
}

std::optional<Id> Vocabulary::find(std::string_view piece,
                                   std::uint64_t hash) const {
  if (slots_.empty()) return std::nullopt;
  const Slot& slot = slots_[slot_of(piece, hash)];
  if (slot.entry == 0) return std::nullopt;
  return entries_[slot.entry - 1].id;
}

void Vocabulary::find_all(std::span<const std::string_view> pieces,
                          std::span<std::optional<Id>> ids) const {
  if (slots_.empty()) {
    std::ranges::fill(ids, std::nullopt);
    return;
  }
  const std::size_t mask = slots_.size() - 1;
  std::array<std::uint64_t, kFetchedTogether> hashes{};
  for (std::size_t begin = 0; begin < pieces.size(); begin += hashes.size()) {
    const std::size_t count = std::min(hashes.size(), pieces.size() - begin);
    for (std::size_t i = 0; i < count; ++i) {
      hashes[i] = hash_of(pieces[begin + i]);
      fetch(&slots_[hashes[i] & mask]);
    }
    // The first slot is nearly always the one.
    const auto entry_of = [&](std::size_t i) -> const Entry* {
      const Slot& slot = slots_[hashes[i] & mask];
      return slot.entry == 0 ? nullptr : &entries_[slot.entry - 1];
    };
    for (std::size_t i = 0; i < count; ++i) fetch(entry_of(i));
    for (std::size_t i = 0; i < count; ++i) {
      const Entry* entry = entry_of(i);
      if (entry != nullptr) fetch(text_.data() + entry->offset);
    }
    for (std::size_t i = 0; i < count; ++i) {
      ids[begin + i] = find(pieces[begin + i], hashes[i]);
    }
  }
}

std::optional<std::string_view> Vocabulary::piece(Id id) const {
  if (id >= entry_of_id_.size() || entry_of_id_[id] == 0) return std::nullopt;
  return text_of(entries_[entry_of_id_[id] - 1]);
}

}  // namespace tokenizers::pipeline
