#include "importer/architectures/architecture.h"

#include <array>
#include <string>
#include <string_view>

namespace etllm::importer {
namespace {

struct Architecture {
  std::string_view name;
  Result<DecoderModel> (*read)(const ModelSource& source);
};

constexpr std::array kArchitectures = {
    Architecture{"llama", &read_llama_model},
};

}  // namespace

Result<DecoderModel> read_decoder_model(const ModelSource& source) {
  const auto name = source.config().find("general.architecture");
  if (name == source.config().end() || !name->is_string()) {
    return not_found("'" + source.config_path() +
                     "' does not say which architecture the model has; "
                     "convert the model again");
  }
  const auto& text = name->get_ref<const std::string&>();
  std::string known;
  for (const Architecture& architecture : kArchitectures) {
    if (architecture.name == text) return architecture.read(source);
    known +=
        (known.empty() ? "'" : ", '") + std::string(architecture.name) + "'";
  }
  return not_supported("'" + source.path() +
                       "' holds a model of architecture " + in_quotes(text) +
                       ", and only " + known + " can be imported");
}

}  // namespace etllm::importer
