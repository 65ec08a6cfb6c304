#include "tokenizers/formats/tekken.h"

#include <pytorch/tokenizers/tekken.h>

namespace tokenizers {

Error Tekken::load(const std::string& path) {
  return load_file(path, {"a tekken.json", &pipeline::read_tekken});
}

}  // namespace tokenizers
