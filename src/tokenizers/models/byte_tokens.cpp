#include "tokenizers/models/byte_tokens.h"

#include <cstddef>
#include <cstdio>

namespace tokenizers::pipeline {

ByteTokens::ByteTokens(const Vocabulary& vocabulary) {
  for (std::size_t byte = 0; byte < ids_.size(); ++byte) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "<0x%02X>",
                  static_cast<unsigned>(byte));
    const auto id = vocabulary.find(text.data());
    ids_[byte] = id.has_value() ? std::uint64_t{*id} : kNone;
  }
}

bool ByteTokens::append(std::string_view text, std::vector<Id>& ids) const {
  const std::size_t before = ids.size();
  for (const char byte : text) {
    const std::uint64_t id = ids_[static_cast<unsigned char>(byte)];
    if (id == kNone) {
      ids.resize(before);
      return false;
    }
    ids.push_back(static_cast<Id>(id));
  }
  return true;
}

}  // namespace tokenizers::pipeline
