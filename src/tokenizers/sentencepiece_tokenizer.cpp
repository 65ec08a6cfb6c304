#include <pytorch/tokenizers/sentencepiece.h>

#include "tokenizers/formats/sentencepiece.h"

namespace tokenizers {

Error SPTokenizer::load(const std::string& path) {
  return load_file(path,
                   {"a SentencePiece model", &pipeline::read_sentencepiece});
}

}  // namespace tokenizers
