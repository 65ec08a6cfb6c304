#include "tokenizers/post_processors/template_processing.h"

#include <limits>
#include <string>

#include "tokenizers/formats/fields.h"

namespace tokenizers::pipeline {
namespace {

/// Appends the ids that the field `special_tokens` gives the name `name`.
void append_ids(Fields& fields, const Json& special_tokens,
                const std::string& name, std::vector<Id>& ids) {
  const auto entry = special_tokens.find(name);
  if (entry == special_tokens.end()) {
    return fields.fail("'special_tokens' lacks '" + name + "'");
  }
  Fields token(*entry, fields.what());
  for (const Json& id : token.array("ids")) {
    if (!id.is_number_unsigned() ||
        id.get<std::uint64_t>() > std::numeric_limits<Id>::max()) {
      return fields.fail("'" + name + "' has an id that is no whole number");
    }
    ids.push_back(id.get<Id>());
  }
  if (!token.status().ok()) fields.fail("'" + name + "' has no ids");
}

}  // namespace

etllm::Status extend_by_template_processing(const Json& json,
                                            SequenceFrame& frame) {
  Fields fields(json, "the post-processor TemplateProcessing");
  const Json& special_tokens = fields.value("special_tokens");
  if (!special_tokens.is_object()) fields.fail("'special_tokens' is no object");
  SequenceFrame own;
  std::size_t sequences = 0;
  for (const Json& piece : fields.array("single")) {
    if (!fields.status().ok()) return fields.status();
    const bool known = piece.is_object() && piece.size() == 1;
    if (known && piece.begin().key() == "Sequence") {
      ++sequences;
    } else if (known && piece.begin().key() == "SpecialToken") {
      Fields token(*piece.begin(), fields.what());
      append_ids(fields, special_tokens, token.text("id"),
                 sequences == 0 ? own.before : own.after);
    } else {
      fields.fail(
          "'single' has an entry that is neither a SpecialToken nor "
          "a Sequence");
    }
  }
  if (sequences != 1) fields.fail("'single' does not hold one Sequence");
  frame.before.insert(frame.before.begin(), own.before.begin(),
                      own.before.end());
  frame.after.insert(frame.after.end(), own.after.begin(), own.after.end());
  return fields.status();
}

}  // namespace tokenizers::pipeline
