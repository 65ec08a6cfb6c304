// What the factories read from a model before they make its runner.

#include "runner/llm_metadata.h"

#include <executorch/extension/llm/runner/llm_runner_helper.h>
#include <executorch/runtime/platform/log.h>

namespace etllm::runner {

namespace llm = executorch::extension::llm;

Result<engine::MetadataMap> read_llm_metadata(
    const tokenizers::Tokenizer* tokenizer,
    executorch::extension::Module& module) {
  auto map = engine::read_metadata(module);
  if (!map.ok()) return map.status();
  const auto typed = engine::ModelMetadata::from_map(*map);
  if (!typed.ok()) return typed.status();
  // What the model leaves out has the framework's defaults.
  map->try_emplace(llm::kMaxSeqLen, typed->max_seq_len);
  map->try_emplace(llm::kMaxContextLen, typed->max_context_len);
  map->try_emplace(llm::kUseKVCache, typed->use_kv_cache ? 1 : 0);
  map->try_emplace(llm::kEnableDynamicShape,
                   typed->enable_dynamic_shape ? 1 : 0);
  map->try_emplace(llm::kUseSDPAWithKVCache, 0);
  if (tokenizer != nullptr) {
    map->try_emplace(llm::kVocabSize, tokenizer->vocab_size());
    if (tokenizer->bos_tok() != tokenizers::Tokenizer::kNoToken) {
      map->try_emplace(llm::kBosId, static_cast<int64_t>(tokenizer->bos_tok()));
    }
  }
  return map;
}

}  // namespace etllm::runner

namespace executorch::extension::llm {

using ::executorch::runtime::Error;
using ::executorch::runtime::Result;
using ::tokenizers::Tokenizer;

Result<std::unordered_map<std::string, int64_t>> get_llm_metadata(
    Tokenizer* tokenizer, Module* module) {
  if (module == nullptr) return Error::InvalidArgument;
  auto map = ::etllm::runner::read_llm_metadata(tokenizer, *module);
  if (map.ok()) return std::move(*map);
  ET_LOG(Error, "%s", map.status().message().c_str());
  return Error::InvalidArgument;
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
