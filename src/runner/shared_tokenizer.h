#pragma once

#include <pytorch/tokenizers/tokenizer.h>

#include <memory>

namespace etllm::runner {

/// A tokenizer that several runners own together; its const functions are
/// thread-safe by contract.
class SharedTokenizer final : public tokenizers::Tokenizer {
 public:
  explicit SharedTokenizer(std::shared_ptr<const tokenizers::Tokenizer> shared);

  /// It was loaded before it was shared.
  tokenizers::Error load(const std::string& path) override;
  tokenizers::Result<std::vector<uint64_t>> encode(const std::string& text,
                                                   int8_t bos,
                                                   int8_t eos) const override;
  tokenizers::Result<std::string> decode(
      uint64_t prev, uint64_t token, bool skip_special_tokens) const override;
  tokenizers::Result<std::string> id_to_piece(uint64_t token) const override;
  tokenizers::Result<uint64_t> piece_to_id(
      const std::string& piece) const override;

 private:
  std::shared_ptr<const tokenizers::Tokenizer> shared_;
};

}  // namespace etllm::runner
