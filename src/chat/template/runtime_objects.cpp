#include "chat/template/runtime_objects.h"

#include "chat/template/budget.h"

namespace etllm::chat::jinja {

namespace {

// Variables of a scope that are looked at in one step of the budget.
constexpr std::size_t kVariablesPerStep = 8;

}  // namespace

void Scope::set(Budget& budget, std::string_view name, Value value) {
  budget.spend_steps(variables.size() / kVariablesPerStep);
  for (auto& [existing, slot] : variables) {
    if (existing == name) {
      slot = std::move(value);
      return;
    }
  }
  variables.emplace_back(name, std::move(value));
}

const Value* Scope::find(Budget& budget, std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent) {
    budget.spend_steps(scope->variables.size() / kVariablesPerStep);
    for (const auto& [existing, value] : scope->variables) {
      if (existing == name) return &value;
    }
  }
  return nullptr;
}

}  // namespace etllm::chat::jinja
