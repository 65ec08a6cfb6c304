#include "importer/architectures/architecture.h"

#include <array>
#include <string>
#include <string_view>

namespace etllm::importer {
namespace {

struct Architecture {
  std::string_view name;
  Result<DecoderModel> (*read)(const GgufFile& file);
};

constexpr std::array kArchitectures = {
    Architecture{"llama", &read_llama_model},
};

}  // namespace

Result<DecoderModel> read_decoder_model(const GgufFile& file) {
  const auto name = file.get<std::string_view>("general.architecture");
  if (!name.ok()) return name.status();
  std::string known;
  for (const Architecture& architecture : kArchitectures) {
    if (architecture.name == *name) return architecture.read(file);
    known +=
        (known.empty() ? "'" : ", '") + std::string(architecture.name) + "'";
  }
  return not_supported("'" + file.path() + "' holds a model of architecture " +
                       quoted(*name) + ", and only " + known +
                       " can be imported");
}

}  // namespace etllm::importer
