#include "chat/template/runtime_objects.h"

namespace etllm::chat::jinja {

void Scope::set(std::string_view name, Value value) {
  for (auto& [existing, slot] : variables) {
    if (existing == name) {
      slot = std::move(value);
      return;
    }
  }
  variables.emplace_back(name, std::move(value));
}

const Value* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent) {
    for (const auto& [existing, value] : scope->variables) {
      if (existing == name) return &value;
    }
  }
  return nullptr;
}

}  // namespace etllm::chat::jinja
