#pragma once

// Reads the fields of a protocol buffer message one after the other, by their
// numbers. SentencePiece's files need no more, so no generated code either.
//
//   ProtobufReader reader(bytes);
//   while (reader.next()) {
//     if (reader.number() == 1) name = reader.bytes();
//   }
//   if (reader.is_broken()) return invalid_data(...);

#include <bit>
#include <cstdint>
#include <string_view>

namespace tokenizers::pipeline {

/// Borrows the message. Fields of another type than asked for are zero or
/// empty.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) : rest_(message) {}

  /// Goes to the next field; false at the end, and when the rest is broken.
  bool next();
  bool is_broken() const { return is_broken_; }

  std::uint64_t number() const { return number_; }
  /// A string, bytes or message.
  std::string_view bytes() const { return bytes_; }
  /// A varint: an integer, enumeration or boolean.
  std::uint64_t integer() const { return integer_; }
  /// A 32-bit float.
  float real() const { return std::bit_cast<float>(fixed_); }

 private:
  bool fail();
  bool take_varint(std::uint64_t& value);
  bool take(std::uint64_t size, std::string_view& bytes);

  std::string_view rest_;
  bool is_broken_ = false;
  std::uint64_t number_ = 0;
  std::string_view bytes_;
  std::uint64_t integer_ = 0;
  std::uint32_t fixed_ = 0;
};

}  // namespace tokenizers::pipeline
