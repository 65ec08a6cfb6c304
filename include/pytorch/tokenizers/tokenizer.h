#pragma once

// The interface of all tokenizers: text to token ids and back. It is not a
// chat template: `encode` adds nothing to the text but the BOS and EOS tokens
// that are asked for.
//
//   tokenizers::HFTokenizer tokenizer;
//   if (tokenizer.load("tokenizer.json") != tokenizers::Error::Ok) return;
//   const auto ids = tokenizer.encode("Hello world", /*bos=*/1);
//   const auto text = tokenizer.decode(tokenizer.bos_tok(), ids->front());

#include <pytorch/tokenizers/error.h>
#include <pytorch/tokenizers/result.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tokenizers {

/// Implementations set the protected members in `load()`. Const functions may
/// be called from several threads at once.
class Tokenizer {
 public:
  /// What `bos_tok()` and `eos_tok()` are when the files name no such token.
  static constexpr uint64_t kNoToken = ~uint64_t{0};

  Tokenizer() = default;
  virtual ~Tokenizer() = default;

  /// Reads the tokenizer in `path`, replacing an earlier one. On failure the
  /// tokenizer is not loaded and `failure()` says why.
  virtual Error load(const std::string& path) = 0;

  /// The ids of `text`. `bos` is how many BOS tokens come in front, for
  /// tokenizers that define that a sequence starts with one; `eos` is how many
  /// EOS tokens follow.
  virtual Result<std::vector<uint64_t>> encode(const std::string& text,
                                               int8_t bos = 0,
                                               int8_t eos = 0) const = 0;

  /// The text bytes of `token` after `prev`; `OutOfRange` for an unknown id.
  /// A character of several bytes may come in several tokens, so the bytes of
  /// one of them need not be valid UTF-8. With `skip_special_tokens`, special
  /// tokens give an empty text.
  virtual Result<std::string> decode(
      uint64_t prev, uint64_t token,
      bool skip_special_tokens = false) const = 0;

  /// The entry of the vocabulary, as it is written there.
  virtual Result<std::string> id_to_piece(uint64_t token) const = 0;

  /// The id of an entry of the vocabulary; `OutOfRange` when there is none.
  virtual Result<uint64_t> piece_to_id(const std::string& piece) const = 0;

  /// Whether `load()` has succeeded.
  virtual bool is_loaded() const { return initialized_; }

  /// The number of tokens, added ones included: every id is below it when the
  /// ids have no gaps.
  int32_t vocab_size() const { return vocab_size_; }

  /// The token a sequence starts with, or `kNoToken`.
  uint64_t bos_tok() const { return bos_tok_; }

  /// The token that ends a sequence, or `kNoToken`.
  uint64_t eos_tok() const { return eos_tok_; }

  /// One sentence on why the last `load()` failed: the file, what is wrong
  /// with it, and what to do. Empty after success.
  const std::string& failure() const { return failure_; }

 protected:
  Tokenizer(const Tokenizer&) = default;
  Tokenizer& operator=(const Tokenizer&) = default;
  Tokenizer(Tokenizer&&) = default;
  Tokenizer& operator=(Tokenizer&&) = default;

  bool initialized_ = false;
  int32_t vocab_size_ = 0;
  uint64_t bos_tok_ = 0;
  uint64_t eos_tok_ = 0;
  std::string failure_;
};

}  // namespace tokenizers
