#include "chat/template/arguments.h"

#include <algorithm>

#include "chat/template/template_error.h"

namespace etllm::chat::jinja {

void Arguments::bind(std::string_view function, std::string_view parameters) {
  function_ = function;
  std::size_t used = 0;
  bool variadic = false;
  while (!parameters.empty()) {
    const std::size_t end = std::min(parameters.find(' '), parameters.size());
    std::string_view name = parameters.substr(0, end);
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    variadic = name == "*";
    if (variadic) break;
    const bool optional = name.back() == '?';
    if (optional) name.remove_suffix(1);
    Slot& slot = slots_.emplace_back(Slot{name, Value(), true});
    if (used < positional.size()) {
      slot.value = positional[used++];
    } else if (!take_named(name, slot.value)) {
      slot.given = false;
      if (!optional) {
        throw TemplateError("'" + std::string(function) +
                            "' needs the argument '" + std::string(name) + "'");
      }
    }
  }
  positional.erase(positional.begin(),
                   positional.begin() + static_cast<std::ptrdiff_t>(used));
  if (!variadic && (!positional.empty() || !named.empty())) {
    throw TemplateError("'" + std::string(function) +
                        "' does not take so many arguments, or not under "
                        "these names");
  }
}

bool Arguments::take_named(std::string_view name, Value& value) {
  const auto found =
      std::find_if(named.begin(), named.end(),
                   [&](const auto& entry) { return entry.first == name; });
  if (found == named.end()) return false;
  value = std::move(found->second);
  named.erase(found);
  return true;
}

std::int64_t Arguments::integer_or(std::size_t index,
                                   std::int64_t fallback) const {
  if (!has(index)) return fallback;
  if (!slots_[index].value.is_integral()) fail_type(index, "an integer");
  return slots_[index].value.as_integer();
}

std::string_view Arguments::text_or(std::size_t index,
                                    std::string_view fallback) const {
  if (!has(index)) return fallback;
  if (!slots_[index].value.is_string()) fail_type(index, "a string");
  return slots_[index].value.text();
}

void Arguments::fail_type(std::size_t index, const char* wanted) const {
  const Slot& slot = slots_[index];
  if (slot.value.is_undefined()) {
    throw TemplateError(slot.value.undefined_reason());
  }
  throw TemplateError("the argument '" + std::string(slot.name) + "' of '" +
                      std::string(function_) + "' must be " + wanted +
                      ", not a value of type '" +
                      std::string(slot.value.type_name()) + "'");
}

}  // namespace etllm::chat::jinja
