#pragma once

// Filters, tests and global functions by their names.

#include <string>
#include <string_view>

#include "chat/template/arguments.h"
#include "chat/template/render_context.h"

namespace etllm::chat::jinja {

/// Null where there is no filter of this name.
const ValueFunction* find_filter(std::string_view name);
/// Null where there is no test of this name.
const ValueFunction* find_test(std::string_view name);

/// Calls a filter or a test by name; throws `TemplateError` when there is
/// none of this name.
Value call_filter(RenderContext& context, std::string_view name,
                  const Value& input, Arguments arguments);
bool call_test(RenderContext& context, std::string_view name,
               const Value& input, Arguments arguments);

/// Adds `range`, `namespace`, ... to the outermost scope.
void define_global_functions(RenderContext& context, Scope& scope);

/// The groups of filters; each in a file of its own.
const ValueFunction* find_text_filter(std::string_view name);
const ValueFunction* find_number_filter(std::string_view name);
const ValueFunction* find_sequence_filter(std::string_view name);
const ValueFunction* find_selection_filter(std::string_view name);

/// Looks a name up in a table of functions.
template <typename Table>
auto find_by_name(const Table& table, std::string_view name)
    -> decltype(&*table.begin()) {
  for (const auto& entry : table) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

}  // namespace etllm::chat::jinja
