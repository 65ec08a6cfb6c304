#include "tokenizers/text/unicode.h"

#include <algorithm>
#include <cstddef>

namespace tokenizers::pipeline {
namespace {

constexpr std::uint32_t kRanges[] = {
#include "tokenizers/text/unicode_category_ranges.inc"
};
constexpr std::size_t kRangeCount = sizeof(kRanges) / sizeof(kRanges[0]);

}  // namespace

UnicodeTable::UnicodeTable() {
  std::size_t range = 0;
  for (std::size_t number = 0; number < index_.size(); ++number) {
    Block block;
    for (std::size_t done = 0; done < block.size();) {
      // The first code point behind the range.
      const std::size_t end =
          range + 1 < kRangeCount ? kRanges[range + 1] >> 5 : 0x110000;
      const std::size_t size =
          std::min(end - (number << kBlockBits), block.size());
      std::fill(block.begin() + done, block.begin() + size,
                static_cast<Category>(kRanges[range] & 0x1f));
      done = size;
      if (end == (number << kBlockBits) + size) ++range;
    }
    // Most neighbours are alike: whole planes of one category.
    if (blocks_.empty() || blocks_.back() != block) blocks_.push_back(block);
    index_[number] = static_cast<std::uint16_t>(blocks_.size() - 1);
  }
}

const UnicodeTable& unicode_table() {
  static const UnicodeTable table;
  return table;
}

bool is_white_space(char32_t code_point) {
  if (code_point < 0x80) {
    return code_point == ' ' || (code_point >= '\t' && code_point <= '\r');
  }
  if (code_point == 0x85) return true;
  const Category category = category_of(code_point);
  return category >= Category::Zs && category <= Category::Zp;
}

bool is_word_character(char32_t code_point) {
  const Category category = category_of(code_point);
  if (is_letter(category) || is_mark(category)) return true;
  if (category == Category::Nd || category == Category::Nl ||
      category == Category::Pc) {
    return true;
  }
  // Circled and squared letters are symbols, but alphabetic.
  const bool is_enclosed = (code_point >= 0x24b6 && code_point <= 0x24e9) ||
                           (code_point >= 0x1f130 && code_point <= 0x1f149) ||
                           (code_point >= 0x1f150 && code_point <= 0x1f169) ||
                           (code_point >= 0x1f170 && code_point <= 0x1f189);
  return is_enclosed || code_point == 0x200c || code_point == 0x200d;
}

}  // namespace tokenizers::pipeline
