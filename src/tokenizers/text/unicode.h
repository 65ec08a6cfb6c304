#pragma once

// What Unicode says of a character, in the version of Unicode that the
// regular expressions of the `tokenizers` library know.

#include <array>
#include <cstdint>
#include <vector>

namespace tokenizers::pipeline {

/// General categories. The order is that of the generated table.
enum class Category : std::uint8_t {
  Lu,
  Ll,
  Lt,
  Lm,
  Lo,  // letters
  Mn,
  Mc,
  Me,  // marks
  Nd,
  Nl,
  No,  // numbers
  Pc,
  Pd,
  Ps,
  Pe,
  Pi,
  Pf,
  Po,  // punctuation
  Sm,
  Sc,
  Sk,
  So,  // symbols
  Zs,
  Zl,
  Zp,  // separators
  Cc,
  Cf,
  Cs,
  Co,
  Cn,  // others
};

constexpr bool is_letter(Category c) { return c <= Category::Lo; }
constexpr bool is_mark(Category c) {
  return c >= Category::Mn && c <= Category::Me;
}
constexpr bool is_number(Category c) {
  return c >= Category::Nd && c <= Category::No;
}
constexpr bool is_punctuation(Category c) {
  return c >= Category::Pc && c <= Category::Po;
}
constexpr bool is_symbol(Category c) {
  return c >= Category::Sm && c <= Category::So;
}

/// Categories by code point; immutable.
class UnicodeTable {
 public:
  UnicodeTable();

  /// `code_point` must be below 0x110000.
  Category category(char32_t code_point) const {
    return blocks_[index_[code_point >> kBlockBits]][code_point & kBlockMask];
  }

 private:
  static constexpr unsigned kBlockBits = 8;
  static constexpr char32_t kBlockMask = (1U << kBlockBits) - 1;
  using Block = std::array<Category, 1U << kBlockBits>;

  std::array<std::uint16_t, (0x110000 >> kBlockBits)> index_{};
  std::vector<Block> blocks_;
};

/// The one table.
const UnicodeTable& unicode_table();

inline Category category_of(char32_t code_point) {
  return unicode_table().category(code_point);
}

/// Whether the code point is a number to the pre-tokenizer Digits, which
/// knows a newer Unicode than the table.
inline bool is_numeric(const UnicodeTable& table, char32_t code_point) {
  if (code_point < 0x80) return code_point >= '0' && code_point <= '9';
  return is_number(table.category(code_point)) ||
         (code_point >= 0x11de0 && code_point <= 0x11de9) ||
         (code_point >= 0x16ff4 && code_point <= 0x16ff6);
}

/// The property White_Space.
bool is_white_space(char32_t code_point);

/// What `\w` matches: letters, marks, digits, connectors and joiners.
bool is_word_character(char32_t code_point);

}  // namespace tokenizers::pipeline
