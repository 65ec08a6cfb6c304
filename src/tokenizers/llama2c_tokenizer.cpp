#include <pytorch/tokenizers/llama2c_tokenizer.h>

#include "tokenizers/formats/llama2c.h"

namespace tokenizers {

Error Llama2cTokenizer::load(const std::string& path) {
  return load_file(path, {"llama2.c's tokenizer", &pipeline::read_llama2c});
}

}  // namespace tokenizers
