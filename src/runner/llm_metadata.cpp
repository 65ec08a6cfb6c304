// What the factories read from a model before they make its runner.

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/runtime/platform/log.h>

#include "engine/model_metadata.h"
#include "runner/generation_config.h"

namespace executorch::extension::llm {

using ::executorch::runtime::Error;
using ::executorch::runtime::Result;
using ::tokenizers::Tokenizer;

Result<std::unordered_map<std::string, int64_t>> get_llm_metadata(
    Tokenizer* tokenizer, Module* module) {
  if (module == nullptr) return Error::InvalidArgument;
  auto map = ::etllm::engine::read_metadata(*module);
  if (!map.ok()) {
    ET_LOG(Error, "%s", map.status().message().c_str());
    return ::etllm::runner::to_error(map.status().code());
  }
  const auto typed = ::etllm::engine::ModelMetadata::from_map(*map);
  if (!typed.ok()) {
    ET_LOG(Error, "%s", typed.status().message().c_str());
    return Error::InvalidArgument;
  }
  // What the model leaves out has the framework's defaults.
  map->try_emplace(kMaxSeqLen, typed->max_seq_len);
  map->try_emplace(kMaxContextLen, typed->max_context_len);
  map->try_emplace(kUseKVCache, typed->use_kv_cache ? 1 : 0);
  map->try_emplace(kEnableDynamicShape, typed->enable_dynamic_shape ? 1 : 0);
  map->try_emplace(kUseSDPAWithKVCache, 0);
  if (tokenizer != nullptr) {
    map->try_emplace(kVocabSize, tokenizer->vocab_size());
    if (tokenizer->bos_tok() != Tokenizer::kNoToken) {
      map->try_emplace(kBosId, static_cast<int64_t>(tokenizer->bos_tok()));
    }
  }
  return std::move(*map);
}

std::unordered_set<uint64_t> get_eos_ids(Tokenizer* tokenizer, Module* module) {
  std::unordered_set<uint64_t> ids;
  if (module != nullptr) ids = ::etllm::engine::read_eos_ids(*module);
  if (tokenizer != nullptr && tokenizer->eos_tok() != Tokenizer::kNoToken) {
    ids.insert(tokenizer->eos_tok());
  }
  return ids;
}

}  // namespace executorch::extension::llm
