#include "tokenizers/formats/protobuf.h"

#include <cstddef>

#include "tokenizers/text/little_endian.h"

namespace tokenizers::pipeline {
namespace {

enum WireType : std::uint64_t {
  kVarint = 0,
  kFixed64 = 1,
  kLengthDelimited = 2,
  kFixed32 = 5,
};

}  // namespace

bool ProtobufReader::fail() {
  is_broken_ = true;
  rest_ = {};
  return false;
}

bool ProtobufReader::take_varint(std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool ProtobufReader::take(std::uint64_t size, std::string_view& bytes) {
  if (size > rest_.size()) return false;
  bytes = rest_.substr(0, static_cast<std::size_t>(size));
  rest_.remove_prefix(bytes.size());
  return true;
}

bool ProtobufReader::next() {
  if (rest_.empty()) return false;
  std::uint64_t key = 0;
  std::uint64_t size = 0;
  std::string_view fixed;
  bytes_ = {};
  integer_ = 0;
  fixed_ = 0;
  if (!take_varint(key)) return fail();
  number_ = key >> 3U;
  switch (key & 7U) {
    case kVarint:
      return take_varint(integer_) || fail();
    case kFixed64:
      return take(8, fixed) || fail();
    case kLengthDelimited:
      return (take_varint(size) && take(size, bytes_)) || fail();
    case kFixed32:
      if (!take(4, fixed)) return fail();
      fixed_ = read_u32(fixed, 0);
      return true;
    default:
      return fail();
  }
}

}  // namespace tokenizers::pipeline
