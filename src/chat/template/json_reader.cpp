#include "chat/template/json_reader.h"

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "chat/template/limits.h"
#include "chat/template/template_error.h"

namespace etllm::chat::jinja {
namespace {

using nlohmann::ordered_json;

Value read(const ordered_json& json, int depth);

Value read_unsigned(std::uint64_t number) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
  if (number > kLargest) return Value::floating(static_cast<double>(number));
  return Value::integer(static_cast<std::int64_t>(number));
}

Value read_array(const ordered_json& json, int depth) {
  std::vector<Value> items;
  items.reserve(json.size());
  for (const ordered_json& item : json) items.push_back(read(item, depth + 1));
  return Value::list(std::move(items));
}

Value read_object(const ordered_json& json, int depth) {
  Dict dict;
  for (const auto& [key, value] : json.items()) {
    dict.set(key, read(value, depth + 1));
  }
  return Value::dict(std::move(dict));
}

Value read(const ordered_json& json, int depth) {
  if (depth > kMaxValueDepth) {
    throw TemplateError("the inputs of the template nest too deeply");
  }
  switch (json.type()) {
    case ordered_json::value_t::boolean:
      return Value::boolean(json.get<bool>());
    case ordered_json::value_t::number_integer:
      return Value::integer(json.get<std::int64_t>());
    case ordered_json::value_t::number_unsigned:
      return read_unsigned(json.get<std::uint64_t>());
    case ordered_json::value_t::number_float:
      return Value::floating(json.get<double>());
    case ordered_json::value_t::string:
      return Value::string(json.get_ref<const std::string&>());
    case ordered_json::value_t::array:
      return read_array(json, depth);
    case ordered_json::value_t::object:
      return read_object(json, depth);
    default:
      return Value::none();
  }
}

}  // namespace

Value from_json(const ordered_json& json) { return read(json, 0); }

}  // namespace etllm::chat::jinja
