#pragma once

// Why a tokenizer refused. The numbers are part of the interface.
//
//   if (tokenizer.load(path) != tokenizers::Error::Ok) {
//     std::cerr << tokenizer.failure() << '\n';
//   }

namespace tokenizers {

/// Kinds of failure; `Ok` is success.
enum class Error : int {
  Ok = 0,
  Internal = 1,             ///< A mistake of the library itself.
  Uninitialized = 2,        ///< `load()` has not succeeded yet.
  OutOfRange = 3,           ///< An id or a piece the vocabulary does not have.
  LoadFailure = 4,          ///< A file that cannot be read.
  EncodeFailure = 5,        ///< A text that cannot be encoded.
  Base64DecodeFailure = 6,  ///< A vocabulary file with broken base64.
  ParseFailure = 7,         ///< A file that contradicts its format.
  DecodeFailure = 8,        ///< Ids that cannot be decoded.
  RegexFailure = 9,         ///< A pattern that is wrong or takes too long.
};

}  // namespace tokenizers
