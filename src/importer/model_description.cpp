#include "importer/model_description.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace etllm::importer {
namespace {

constexpr std::size_t kMaxNameBytes = 200;

/// Tensors of the file by type: "F32 x 61, Q4_1 x 210".
std::string tensor_types_text(const ModelSource& source) {
  std::map<std::string_view, int> counts;
  for (const SourceTensor& tensor : source.tensors()) {
    ++counts[ggml_type_name(tensor.type)];
  }
  std::string text;
  for (const auto& [name, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::string(name) + " x " +
            std::to_string(count);
  }
  return text;
}

Json shape_json(const DecoderShape& shape) {
  return {{"layers", shape.layers},
          {"hidden_size", shape.hidden},
          {"intermediate_size", shape.intermediate},
          {"attention_heads", shape.query_heads},
          {"key_value_heads", shape.kv_heads},
          {"head_size", shape.head_size},
          {"vocabulary_size", shape.vocabulary},
          {"trained_context_tokens", shape.context_tokens}};
}

/// Only what the authors say.
Json sampling_json(const SamplingDefaults& sampling) {
  Json json = Json::object();
  const auto add = [&json](const char* key, const auto& value) {
    if (value) json[key] = *value;
  };
  add("temperature", sampling.temperature);
  add("top_k", sampling.top_k);
  add("top_p", sampling.top_p);
  add("min_p", sampling.min_p);
  add("repetition_penalty", sampling.repetition_penalty);
  return json;
}

}  // namespace

std::string model_name(const ModelSource& source) {
  std::string name = source.name().substr(0, kMaxNameBytes);
  if (name.empty()) name = std::filesystem::path(source.path()).stem().string();
  for (char& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = ' ';
  }
  return name;
}

std::string describe_model(const ModelSource& source, const DecoderModel& model,
                           const ImportReport& report, KvType kv_type,
                           const SamplingDefaults& sampling) {
  Json json = {{"importer", "etllm " ETLLM_VERSION},
               {"name", report.model_name},
               {"architecture", report.architecture},
               {"parameters", report.parameter_count},
               {"formats", report.formats},
               {"context_tokens", report.context_tokens},
               {"prefill_chunk_tokens", report.prefill_chunk_tokens},
               {"kv_type", kv_type_name(kv_type)},
               {"shape", shape_json(model.shape)},
               {"source",
                {{"format", source.format_text()},
                 {"tensors", tensor_types_text(source)},
                 {"bytes", report.input_bytes}}}};
  if (Json defaults = sampling_json(sampling); !defaults.empty()) {
    json["sampling"] = std::move(defaults);
  }
  // A name may hold any bytes; what is no UTF-8 becomes a replacement mark.
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace etllm::importer
