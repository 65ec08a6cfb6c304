// Calls filters by name.

#include "chat/template/builtins.h"
#include "chat/template/template_error.h"

namespace etllm::chat::jinja {

const ValueFunction* find_filter(std::string_view name) {
  for (const auto find : {&find_text_filter, &find_sequence_filter,
                          &find_selection_filter, &find_number_filter}) {
    if (const ValueFunction* filter = find(name)) return filter;
  }
  return nullptr;
}

Value call_filter(RenderContext& context, std::string_view name,
                  const Value& input, Arguments arguments) {
  const Budget::Level level(context.budget());
  context.budget().spend_steps();
  const ValueFunction* filter = find_filter(name);
  if (filter == nullptr) {
    throw TemplateError("there is no filter '" + std::string(name) + "'");
  }
  arguments.bind(filter->name, filter->parameters);
  return filter->call(context, input, arguments);
}

}  // namespace etllm::chat::jinja
