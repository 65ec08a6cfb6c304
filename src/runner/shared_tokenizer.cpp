#include "runner/shared_tokenizer.h"

#include <utility>

namespace etllm::runner {

using tokenizers::Error;
using tokenizers::Result;

SharedTokenizer::SharedTokenizer(
    std::shared_ptr<const tokenizers::Tokenizer> shared)
    : shared_(std::move(shared)) {
  initialized_ = shared_->is_loaded();
  vocab_size_ = shared_->vocab_size();
  bos_tok_ = shared_->bos_tok();
  eos_tok_ = shared_->eos_tok();
}

Error SharedTokenizer::load(const std::string& /*path*/) {
  return initialized_ ? Error::Ok : Error::Uninitialized;
}

Result<std::vector<uint64_t>> SharedTokenizer::encode(const std::string& text,
                                                      int8_t bos,
                                                      int8_t eos) const {
  return shared_->encode(text, bos, eos);
}

Result<std::string> SharedTokenizer::decode(uint64_t prev, uint64_t token,
                                            bool skip_special_tokens) const {
  return shared_->decode(prev, token, skip_special_tokens);
}

Result<std::string> SharedTokenizer::id_to_piece(uint64_t token) const {
  return shared_->id_to_piece(token);
}

Result<uint64_t> SharedTokenizer::piece_to_id(const std::string& piece) const {
  return shared_->piece_to_id(piece);
}

}  // namespace etllm::runner
