#pragma once

#include <pytorch/tokenizers/tokenizer.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace etllm {

/// A tokenizer whose vocabulary is a list of byte strings; encodes with the
/// first one that fits. The first piece is BOS, the second EOS.
class PieceTokenizer : public tokenizers::Tokenizer {
 public:
  explicit PieceTokenizer(std::vector<std::string> pieces)
      : pieces_(std::move(pieces)) {
    initialized_ = true;
    vocab_size_ = static_cast<std::int32_t>(pieces_.size());
    bos_tok_ = 0;
    eos_tok_ = 1;
  }

  tokenizers::Error load(const std::string& path) override {
    return tokenizers::Error::Ok;
  }

  tokenizers::Result<std::vector<std::uint64_t>> encode(
      const std::string& text, std::int8_t bos = 0,
      std::int8_t eos = 0) const override {
    std::vector<std::uint64_t> ids(static_cast<std::size_t>(bos), bos_tok_);
    for (std::size_t at = 0; at < text.size();) {
      std::size_t id = 0;
      while (id < pieces_.size() &&
             (pieces_[id].empty() ||
              text.compare(at, pieces_[id].size(), pieces_[id]) != 0)) {
        ++id;
      }
      if (id == pieces_.size()) return tokenizers::Error::EncodeFailure;
      ids.push_back(id);
      at += pieces_[id].size();
    }
    ids.insert(ids.end(), static_cast<std::size_t>(eos), eos_tok_);
    return ids;
  }

  tokenizers::Result<std::string> decode(
      std::uint64_t previous, std::uint64_t token,
      bool skip_special_tokens = false) const override {
    return id_to_piece(token);
  }

  tokenizers::Result<std::string> id_to_piece(
      std::uint64_t token) const override {
    if (token >= pieces_.size()) return tokenizers::Error::OutOfRange;
    return pieces_[token];
  }

  tokenizers::Result<std::uint64_t> piece_to_id(
      const std::string& piece) const override {
    for (std::size_t id = 0; id < pieces_.size(); ++id) {
      if (pieces_[id] == piece) return id;
    }
    return tokenizers::Error::OutOfRange;
  }

 private:
  std::vector<std::string> pieces_;
};

}  // namespace etllm
