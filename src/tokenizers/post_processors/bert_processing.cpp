#include "tokenizers/post_processors/bert_processing.h"

#include <limits>
#include <optional>

#include "tokenizers/formats/fields.h"

namespace tokenizers::pipeline {
namespace {

/// A field like ["[SEP]", 102].
std::optional<Id> token_id(Fields& fields, const char* name) {
  const Json& pair = fields.array(name);
  if (pair.size() == 2 && pair[1].is_number_unsigned() &&
      pair[1].get<std::uint64_t>() <= std::numeric_limits<Id>::max()) {
    return pair[1].get<Id>();
  }
  fields.fail(std::string("'") + name + "' is not a token and its id");
  return std::nullopt;
}

}  // namespace

etllm::Status extend_by_bert_processing(const Json& json,
                                        SequenceFrame& frame) {
  Fields fields(json, "post_processor");
  const auto cls = token_id(fields, "cls");
  const auto sep = token_id(fields, "sep");
  if (!cls.has_value() || !sep.has_value()) return fields.status();
  frame.before.insert(frame.before.begin(), *cls);
  frame.after.push_back(*sep);
  return {};
}

}  // namespace tokenizers::pipeline
