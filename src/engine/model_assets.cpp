#include "engine/model_assets.h"

#include <executorch/extension/data_loader/mmap_data_loader.h>
#include <executorch/runtime/executor/program.h>

#include "program/program_check.h"

namespace etllm::engine {
namespace {

using executorch::extension::MmapDataLoader;
using executorch::runtime::NamedDataMap;
using executorch::runtime::Program;

std::optional<std::string> read_text(const NamedDataMap& map,
                                     std::string_view key) {
  const auto data = map.get_data(key);
  if (!data.ok() || data->data() == nullptr) return std::nullopt;
  return std::string(static_cast<const char*>(data->data()), data->size());
}

}  // namespace

Result<ModelAssets> read_model_assets(const std::string& model_path) {
  const Status checked = program::check_program_file(model_path);
  if (!checked.ok()) return checked;
  auto loader = MmapDataLoader::from(model_path.c_str(),
                                     MmapDataLoader::MlockConfig::NoMlock);
  if (!loader.ok()) return io_error(model_path + " cannot be mapped");
  const auto program = Program::load(&*loader);
  if (!program.ok()) {
    return invalid_data(model_path +
                        " is not a program that this runtime can load");
  }
  const auto map = program->get_named_data_map();
  if (!map.ok()) return ModelAssets{};
  ModelAssets assets{std::nullopt, read_text(**map, kTokenizerConfigKey),
                     read_text(**map, kChatTemplateKey),
                     read_text(**map, kDescriptionKey)};
  for (const std::string_view key : kTokenizerKeys) {
    if (!assets.tokenizer) assets.tokenizer = read_text(**map, key);
  }
  return assets;
}

}  // namespace etllm::engine
