#include "tokenizers/text/lowercase.h"

#include <utf8proc.h>

#include <array>

#include "tokenizers/text/rewrite.h"

namespace tokenizers::pipeline {
namespace {

/// Capitals of Unicode 16 and 17, which utf8proc does not know yet.
struct NewCapitals {
  char32_t first;
  char32_t last;
  char32_t lower_of_first;
};

constexpr std::array kNewCapitals = {
    NewCapitals{0x1c89, 0x1c89, 0x1c8a},
    NewCapitals{0xa7cb, 0xa7cb, 0x264},
    NewCapitals{0xa7cc, 0xa7cc, 0xa7cd},
    NewCapitals{0xa7ce, 0xa7ce, 0xa7cf},
    NewCapitals{0xa7d2, 0xa7d2, 0xa7d3},
    NewCapitals{0xa7d4, 0xa7d4, 0xa7d5},
    NewCapitals{0xa7da, 0xa7da, 0xa7db},
    NewCapitals{0xa7dc, 0xa7dc, 0x19b},
    NewCapitals{0x10d50, 0x10d65, 0x10d70},
    NewCapitals{0x16ea0, 0x16eb8, 0x16ebb},
};

char32_t lower(char32_t code_point) {
  if (code_point < 0x80) {
    const bool capital = code_point >= 'A' && code_point <= 'Z';
    return capital ? code_point - 'A' + 'a' : code_point;
  }
  for (const NewCapitals& range : kNewCapitals) {
    if (code_point >= range.first && code_point <= range.last) {
      return range.lower_of_first + (code_point - range.first);
    }
  }
  return static_cast<char32_t>(
      utf8proc_tolower(static_cast<utf8proc_int32_t>(code_point)));
}

}  // namespace

void to_lowercase(std::string& text) {
  constexpr char32_t kCapitalIWithDot = 0x130;
  rewrite_characters(text, [](char32_t code_point, std::string& result) {
    if (code_point == kCapitalIWithDot) {
      result += "i\xcc\x87";  // the only one that becomes two characters
    } else {
      append_utf8(result, lower(code_point));
    }
  });
}

}  // namespace tokenizers::pipeline
