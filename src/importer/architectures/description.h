#pragma once

// The declarative description of a family: which blocks, which norms, which
// names of tensors. docs/importing.md explains the vocabulary.

#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "importer/source/model_source.h"

namespace etllm::importer {

/// A description that is part of the library.
struct BuiltInDescription {
  std::string_view family;
  std::string_view text;
};

/// Made at build time from the JSON files in this folder.
std::span<const BuiltInDescription> built_in_descriptions();
/// The values of everything that a description leaves out.
std::string_view default_description();

/// The description of the model in `source`, with every member filled in: the
/// file at `path`, or if that is empty what the folder of the model holds as
/// etllm_architecture.json, or a built-in one. Fails with kNotSupported for
/// models of families that nobody has described, and with kInvalidData for
/// descriptions with members that do not exist.
Result<Json> find_description(const ModelSource& source,
                              const std::string& path);

}  // namespace etllm::importer
