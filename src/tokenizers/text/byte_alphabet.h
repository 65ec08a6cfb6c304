#pragma once

// The alphabet of byte-level tokenizers (GPT-2's): each byte has a printable
// character of its own, so that a vocabulary can hold any bytes as text.

#include <optional>
#include <string>
#include <string_view>

namespace tokenizers::pipeline {

/// The character that stands for `byte`, in UTF-8.
std::string_view byte_to_character(unsigned char byte);

/// The byte that `code_point` stands for, if it is in the alphabet.
std::optional<unsigned char> character_to_byte(char32_t code_point);

/// Appends the alphabet's spelling of `bytes`.
void append_byte_characters(std::string& text, std::string_view bytes);

/// Appends the bytes that `text` spells; `text` itself when a character of it
/// is not in the alphabet.
void append_spelled_bytes(std::string& bytes, std::string_view text);

}  // namespace tokenizers::pipeline
