#pragma once

// What the tokenizers of all file formats have in common: they differ only in
// how a file becomes the stages between text and ids.

#include <pytorch/tokenizers/tokenizer.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tokenizers {

namespace pipeline {
class Pipeline;
struct FileFormat;
struct TokenizerConfig;
}  // namespace pipeline

/// Movable, not copyable. Const functions may be called from several threads.
class PipelineTokenizer : public Tokenizer {
 public:
  ~PipelineTokenizer() override;

  /// Overrides what the files say about BOS and EOS, for a model that knows it
  /// better. `kNoToken` means that there is none.
  void set_bos_eos(uint64_t bos, uint64_t eos);

  /// Whether `encode` with `bos` of 1 starts the sequence with a token.
  bool adds_bos() const;

  /// One more than the largest id of a token that text is cut into, added ones
  /// apart: a model without as many embeddings is another tokenizer's.
  uint64_t ordinary_id_bound() const;

  /// Bytes that are not UTF-8 are read as U+FFFD. `RegexFailure` when a
  /// pattern of the tokenizer takes too long on this text.
  Result<std::vector<uint64_t>> encode(const std::string& text, int8_t bos = 0,
                                       int8_t eos = 0) const override;

  Result<std::string> decode(uint64_t prev, uint64_t token,
                             bool skip_special_tokens = false) const override;

  /// The text of a whole sequence. Ids that are not in the vocabulary give
  /// nothing.
  Result<std::string> decode(const std::vector<uint64_t>& tokens,
                             bool skip_special_tokens = false) const;

  Result<std::string> id_to_piece(uint64_t token) const override;
  Result<uint64_t> piece_to_id(const std::string& piece) const override;

 protected:
  PipelineTokenizer();
  PipelineTokenizer(PipelineTokenizer&&) noexcept;
  PipelineTokenizer& operator=(PipelineTokenizer&&) noexcept;

  /// The tokenizer is loaded. `adds_bos`: whether sequences begin with BOS.
  Error succeed(pipeline::Pipeline pipeline, uint64_t bos, uint64_t eos,
                bool adds_bos);
  /// Loads a file that is wholly in one format. `LoadFailure` when it cannot be
  /// read, `ParseFailure` when it is broken or asks for something unsupported.
  Error load_file(const std::string& path, const pipeline::FileFormat& format);
  /// The same for the content of a file, which messages call `name`. `config`
  /// has the last word about BOS and EOS.
  Error load_content(std::string_view content, const std::string& name,
                     const pipeline::FileFormat& format,
                     const pipeline::TokenizerConfig& config);
  /// Reads a tokenizer_config.json; empty for an empty text. Fails as `fail`
  /// does, and returns nothing then.
  std::optional<pipeline::TokenizerConfig> read_config(std::string_view json,
                                                       const std::string& name);
  /// The tokenizer is not loaded, for the reason that `sentence` gives.
  Error fail(Error error, const std::string& sentence);

 private:
  std::unique_ptr<pipeline::Pipeline> pipeline_;
  bool adds_bos_ = false;
};

}  // namespace tokenizers
