#include "engine/model_assets.h"

#include <executorch/extension/data_loader/mmap_data_loader.h>
#include <executorch/runtime/executor/program.h>

#include <utility>

#include "program/program_check.h"

namespace etllm::engine {
namespace {

using executorch::extension::MmapDataLoader;
using executorch::runtime::NamedDataMap;
using executorch::runtime::Program;

/// The text of `key`, which `assets` keeps mapped from now on.
std::optional<std::string_view> map_text(const NamedDataMap& map,
                                         std::string_view key,
                                         ModelAssets& assets) {
  auto data = map.get_data(key);
  if (!data.ok() || data->data() == nullptr) return std::nullopt;
  assets.mappings.push_back(std::move(*data));
  const auto& mapped = assets.mappings.back();
  return std::string_view(static_cast<const char*>(mapped.data()),
                          mapped.size());
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
  ModelAssets assets;
  if (!map.ok()) return assets;
  assets.tokenizer_config = map_text(**map, kTokenizerConfigKey, assets);
  assets.chat_template = map_text(**map, kChatTemplateKey, assets);
  assets.description_json = map_text(**map, kDescriptionKey, assets);
  for (const std::string_view key : kTokenizerKeys) {
    if (!assets.tokenizer) assets.tokenizer = map_text(**map, key, assets);
  }
  return assets;
}

}  // namespace etllm::engine
