#include "tokenizers/formats/tekken.h"

#include <pytorch/tokenizers/tekken.h>

#include "tokenizers/formats/tokenizer_config.h"

namespace tokenizers {

Error Tekken::load(const std::string& path) {
  return load_file(path, {"a tekken.json", &pipeline::read_tekken});
}

Error Tekken::load_from_memory(std::string_view content,
                               const std::string& name,
                               std::string_view tokenizer_config_json) {
  const auto config = read_config(tokenizer_config_json, name);
  if (!config) return Error::ParseFailure;
  return load_content(content, name, {"a tekken.json", &pipeline::read_tekken},
                      *config);
}

}  // namespace tokenizers
