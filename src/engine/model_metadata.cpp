#include "engine/model_metadata.h"

#include <executorch/extension/llm/runner/constants.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace etllm::engine {
namespace {

namespace llm = executorch::extension::llm;
using executorch::aten::ScalarType;
using executorch::extension::Module;
using executorch::runtime::EValue;

// More tokens than any model reads; keeps sums of positions far from overflow.
constexpr std::int64_t kMaxTokens = std::int64_t{1} << 31;

constexpr std::array kKeys = {
    llm::kEnableDynamicShape, llm::kBosId,     llm::kMaxSeqLen,
    llm::kMaxContextLen,      llm::kVocabSize, llm::kUseKVCache,
    llm::kUseSDPAWithKVCache, llm::kRingLen,
};

/// Appends what `value` holds; false when it holds no whole numbers.
bool append_integers(const EValue& value, std::vector<std::int64_t>& out) {
  if (value.isInt()) {
    out.push_back(value.toInt());
  } else if (value.isBool()) {
    out.push_back(value.toBool() ? 1 : 0);
  } else if (value.isDouble()) {
    const double number = value.toDouble();
    if (!(number >= 0 && number <= static_cast<double>(kMaxTokens))) {
      return false;
    }
    out.push_back(static_cast<std::int64_t>(number));
  } else if (value.isTensor()) {
    const auto tensor = value.toTensor();
    const auto count = static_cast<std::size_t>(tensor.numel());
    if (count > 0 && tensor.const_data_ptr() == nullptr) return false;
    if (tensor.scalar_type() == ScalarType::Long) {
      const auto* data = tensor.const_data_ptr<std::int64_t>();
      out.insert(out.end(), data, data + count);
    } else if (tensor.scalar_type() == ScalarType::Int) {
      const auto* data = tensor.const_data_ptr<std::int32_t>();
      out.insert(out.end(), data, data + count);
    } else {
      return false;
    }
  } else {
    return false;
  }
  return true;
}

/// What the constant method returns; nullopt when it fails or is something
/// else than a constant method.
std::optional<std::vector<std::int64_t>> read_constant(
    Module& module, const std::string& name) {
  const auto meta = module.method_meta(name);
  if (!meta.ok() || meta->num_inputs() != 0) return std::nullopt;
  const auto outputs = module.execute(name);
  if (!outputs.ok()) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const EValue& output : *outputs) {
    if (!append_integers(output, numbers)) return std::nullopt;
  }
  return numbers;
}

std::int64_t value_or(const MetadataMap& map, const char* key,
                      std::int64_t fallback) {
  const auto found = map.find(key);
  return found == map.end() ? fallback : found->second;
}

Status check_length(const char* key, std::int64_t value) {
  if (value >= 1 && value < kMaxTokens) return {};
  return invalid_data(std::string("the model's ") + key + " is " +
                      std::to_string(value) +
                      ", which is no length; export or import it again");
}

}  // namespace

Result<ModelMetadata> ModelMetadata::from_map(const MetadataMap& map) {
  ModelMetadata metadata;
  if (!map.contains(llm::kMaxSeqLen) && !map.contains(llm::kMaxContextLen)) {
    return invalid_data(
        "the model does not say how long a sequence may be: it has neither "
        "get_max_seq_len nor get_max_context_len; it is not a language model, "
        "or was exported without metadata: export it again with a constant "
        "method get_max_seq_len");
  }
  const std::int64_t either =
      value_or(map, llm::kMaxSeqLen, value_or(map, llm::kMaxContextLen, 0));
  metadata.max_seq_len = either;
  metadata.max_context_len = value_or(map, llm::kMaxContextLen, either);
  Status status = check_length(llm::kMaxSeqLen, metadata.max_seq_len);
  if (!status.ok()) return status;
  status = check_length(llm::kMaxContextLen, metadata.max_context_len);
  if (!status.ok()) return status;
  metadata.vocab_size = value_or(map, llm::kVocabSize, 0);
  if (metadata.vocab_size < 0 || metadata.vocab_size >= kMaxTokens) {
    return invalid_data("the model's get_vocab_size is " +
                        std::to_string(metadata.vocab_size) +
                        ", which is no size; export or import it again");
  }
  if (map.contains(llm::kRingLen)) {
    metadata.ring_len = value_or(map, llm::kRingLen, 0);
    status = check_length(llm::kRingLen, metadata.ring_len);
    if (!status.ok()) return status;
  }
  metadata.use_kv_cache = value_or(map, llm::kUseKVCache, 1) != 0;
  metadata.enable_dynamic_shape =
      value_or(map, llm::kEnableDynamicShape, 0) != 0;
  metadata.max_seq_len =
      std::min(metadata.max_seq_len, metadata.max_context_len);
  // Without a cache, one call reads the whole conversation; its last token need
  // not be read.
  if (!metadata.use_kv_cache) {
    metadata.max_context_len =
        std::min(metadata.max_context_len, metadata.max_seq_len + 1);
  }
  return metadata;
}

Result<MetadataMap> read_metadata(Module& module) {
  const auto names = module.method_names();
  if (!names.ok()) return invalid_data("the program cannot be loaded");
  MetadataMap map;
  for (const char* key : kKeys) {
    if (names->count(key) == 0) continue;
    const auto numbers = read_constant(module, key);
    if (!numbers.has_value() || numbers->size() != 1) {
      return invalid_data(std::string("the program's method ") + key +
                          " does not give one number");
    }
    map[key] = numbers->front();
  }
  return map;
}

std::unordered_set<std::uint64_t> read_eos_ids(Module& module) {
  std::unordered_set<std::uint64_t> ids;
  const auto names = module.method_names();
  if (!names.ok()) return ids;
  for (const char* key : {llm::kEosId, llm::kEosIds}) {
    if (names->count(key) == 0) continue;
    for (const std::int64_t id :
         read_constant(module, key).value_or(std::vector<std::int64_t>{})) {
      if (id >= 0) ids.insert(static_cast<std::uint64_t>(id));
    }
  }
  return ids;
}

}  // namespace etllm::engine
