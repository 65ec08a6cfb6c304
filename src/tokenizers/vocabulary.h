#pragma once

// The pieces of a model and their ids, both ways.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tokenizers::pipeline {

using Id = std::uint32_t;

/// Filled once, then read from any thread. Views of pieces live as long as the
/// vocabulary, or until it is moved.
class Vocabulary {
 public:
  /// Makes room for `count` entries.
  void reserve(std::size_t count) { entries_.reserve(count); }

  /// Appends an entry; nothing is found before `build_index()`.
  void append(std::string_view piece, Id id);

  /// Makes the entries findable. Of equal pieces the last one counts, as in
  /// JSON objects. Fails when the ids are spread too thinly for a table.
  /// Ids of the others have a piece only with `keep_duplicates`.
  etllm::Status build_index(bool keep_duplicates = false);

  /// The number of different pieces.
  std::size_t size() const { return size_; }
  /// One more than the largest id, 0 when there is none.
  std::size_t id_bound() const { return entry_of_id_.size(); }

  /// The number of bytes of the longest piece.
  std::size_t longest_piece() const { return longest_piece_; }

  std::optional<Id> find(std::string_view piece) const;
  /// Finds several pieces, faster than one by one: their memory is fetched
  /// together. `ids` has the size of `pieces`.
  void find_all(std::span<const std::string_view> pieces,
                std::span<std::optional<Id>> ids) const;
  std::optional<std::string_view> piece(Id id) const;

 private:
  struct Entry {
    std::uint64_t offset;
    std::uint32_t length;
    Id id;
  };
  struct Slot {
    std::uint32_t tag;
    std::uint32_t entry;  // one more than the index; 0 is an empty slot
  };

  std::string_view text_of(const Entry& entry) const {
    return std::string_view(text_).substr(entry.offset, entry.length);
  }
  /// The slot of `piece`, or the empty one where it belongs.
  std::size_t slot_of(std::string_view piece, std::uint64_t hash) const;
  std::optional<Id> find(std::string_view piece, std::uint64_t hash) const;
  void index_pieces();
  void index_ids(bool keep_duplicates);

  std::string text_;
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;                 // open addressing; a power of two
  std::vector<std::uint32_t> entry_of_id_;  // one more than the index
  std::size_t size_ = 0;
  std::size_t longest_piece_ = 0;
};

}  // namespace tokenizers::pipeline
