#include "chat/template/iteration.h"

#include <string>

#include "chat/template/runtime_objects.h"
#include "chat/template/template_error.h"
#include "chat/template/unicode.h"

namespace etllm::chat::jinja {
namespace {

std::vector<Value> characters_of(Budget& budget, const Value& text) {
  std::vector<Value> characters;
  const std::string& bytes = text.text();
  budget.spend_bytes(bytes.size() * (sizeof(Value) + sizeof(Text)));
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t size = decode_utf8(bytes, at).size;
    characters.push_back(
        Value::string(bytes.substr(at, size), text.is_markup()));
    at += size;
  }
  return characters;
}

std::vector<Value> keys_of(const Dict& dict) {
  std::vector<Value> keys;
  keys.reserve(dict.size());
  for (const auto& [key, value] : dict.entries()) keys.push_back(key);
  return keys;
}

std::vector<Value> take_rest(const Sequence& iterator) {
  std::vector<Value> rest(
      iterator.items.begin() + static_cast<std::ptrdiff_t>(iterator.taken),
      iterator.items.end());
  iterator.taken = iterator.items.size();
  return rest;
}

}  // namespace

std::vector<Value> iterate(Budget& budget, const Value& value) {
  budget.spend_steps();
  if (value.is_undefined()) return {};
  if (value.is_string()) return characters_of(budget, value);
  if (value.is_sequence()) {
    budget.spend_steps(value.items().size());
    if (value.is_sequence(SequenceType::kIterator)) {
      return take_rest(value.sequence());
    }
    return value.items();
  }
  if (value.is_dict()) {
    budget.spend_steps(value.dict().size());
    return keys_of(value.dict());
  }
  throw TemplateError("a value of type '" + std::string(value.type_name()) +
                      "' cannot be iterated over");
}

bool is_iterable(const Value& value) {
  return value.is_undefined() || value.is_string() || value.is_sequence() ||
         value.is_dict() || value.as_loop() != nullptr;
}

std::optional<std::size_t> length_of(Budget& budget, const Value& value) {
  if (value.is_undefined()) return 0;
  if (value.is_string()) {
    budget.spend_bytes(value.text().size());
    return count_code_points(value.text());
  }
  if (value.is_dict()) return value.dict().size();
  if (const LoopState* loop = value.as_loop()) return loop->items.size();
  const bool has_length =
      value.is_sequence() && !value.is_sequence(SequenceType::kIterator);
  if (!has_length) return std::nullopt;
  return value.items().size();
}

}  // namespace etllm::chat::jinja
