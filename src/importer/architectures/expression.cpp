#include "importer/architectures/expression.h"

#include <cmath>
#include <utility>

#include "importer/source/in_quotes.h"

namespace etllm::importer {
namespace {

// Deeper expressions are not written by people.
constexpr int kMaxDepth = 16;

/// Numbers as a GGUF file holds them, so that both kinds of model give the
/// same program.
Json rounded(const Json& value) {
  if (!value.is_number_float()) return value;
  return static_cast<double>(static_cast<float>(value.get<double>()));
}

bool all_equal(const Json& list) {
  for (const Json& element : list) {
    if (element != list.front()) return false;
  }
  return !list.empty();
}

}  // namespace

bool is_true(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0;
  return value.is_string() || (value.is_array() && !value.empty());
}

Expressions::Expressions(const ModelSource& source) : source_(source) {
  if (source.kind() != SourceKind::kGguf) return;
  const auto name = source.config().find("general.architecture");
  if (name != source.config().end() && name->is_string()) {
    prefix_ = name->get_ref<const std::string&>() + ".";
  }
}

std::string Expressions::full_name(std::string_view key) const {
  return prefix_ + std::string(key);
}

const Json* Expressions::find(std::string_view key) const {
  const Json* node = &source_.config();
  if (source_.kind() == SourceKind::kGguf) {
    const auto found = node->find(full_name(key));
    return found == node->end() || found->is_null() ? nullptr : &*found;
  }
  // "a.b" is member b of the object a.
  while (true) {
    const std::size_t dot = key.find('.');
    if (!node->is_object()) return nullptr;
    const auto found = node->find(std::string(key.substr(0, dot)));
    if (found == node->end() || found->is_null()) return nullptr;
    node = &*found;
    if (dot == std::string_view::npos) return node;
    key.remove_prefix(dot + 1);
  }
}

std::string Expressions::origin_text() const {
  if (origin_.empty()) return "'" + source_.config_path() + "': a size";
  return "'" + source_.config_path() + "': metadata key " + in_quotes(origin_);
}

std::string Expressions::expected_key(const Json& expression) const {
  if (expression.is_string()) {
    return full_name(expression.get_ref<const std::string&>());
  }
  std::string key;
  if (!expression.is_array()) return key;
  for (const Json& alternative : expression) {
    if (!alternative.is_string()) continue;
    const auto& text = alternative.get_ref<const std::string&>();
    if (text.starts_with('$') || text.starts_with('=')) continue;
    key = full_name(text);
    // Descriptions list the names of GGUF files last.
    if (source_.kind() == SourceKind::kHuggingFace) break;
  }
  return key;
}

std::optional<Json> Expressions::fail(const std::string& what) {
  if (status_.ok()) {
    status_ = invalid_data("'" + source_.config_path() + "': " + what);
  }
  return std::nullopt;
}

std::optional<Json> Expressions::evaluate(const Json& expression, int layer) {
  if (!status_.ok()) return std::nullopt;
  return compute(expression, layer, 0);
}

std::optional<Json> Expressions::compute(const Json& expression, int layer,
                                         int depth) {
  if (depth > kMaxDepth) return fail("the description nests too deep");
  if (expression.is_array()) {
    for (const Json& alternative : expression) {
      auto value = compute(alternative, layer, depth + 1);
      if (value || !status_.ok()) return value;
    }
    return std::nullopt;
  }
  if (expression.is_string()) {
    return look_up(expression.get_ref<const std::string&>(), layer);
  }
  if (expression.is_object()) {
    if (expression.size() != 1) {
      return fail("the description holds " + in_quotes(expression.dump()) +
                  ", and a value can only be one operation");
    }
    return apply(expression.begin().key(), expression.begin().value(), layer,
                 depth + 1);
  }
  if (expression.is_null()) return std::nullopt;
  return expression;
}

std::optional<Json> Expressions::look_up(const std::string& key, int layer) {
  if (key.starts_with('=')) return Json(key.substr(1));
  if (key == "$layer") {
    return layer == kNoLayer ? fail("'$layer' means nothing here") : layer;
  }
  if (key.starts_with('$')) {
    const auto named = names_.find(key.substr(1));
    if (named != names_.end()) return Json(named->second);
    return fail("the description names " + in_quotes(key) +
                ", which is no known size");
  }
  const Json* found = find(key);
  if (found == nullptr) return std::nullopt;
  origin_ = full_name(key);
  if (!found->is_array()) return rounded(*found);
  if (layer != kNoLayer) {
    const auto index = static_cast<std::size_t>(layer);
    if (index < found->size()) return rounded((*found)[index]);
    return fail(in_quotes(origin_) + " has " + std::to_string(found->size()) +
                " entries, and there is a layer " + std::to_string(layer));
  }
  if (all_equal(*found)) return rounded(found->front());
  status_ = not_supported(origin_text() +
                          " differs between layers, which cannot be imported");
  return std::nullopt;
}

std::optional<Json> Expressions::apply(const std::string& name,
                                       const Json& operand, int layer,
                                       int depth) {
  if (name == "if") return choose(operand, layer, depth);
  if (name == "not") {
    const auto value = compute(operand, layer, depth);
    return value ? std::optional<Json>(!is_true(*value)) : std::nullopt;
  }
  if (name == "has") {
    return operand.is_string() &&
           source_.find_tensor(operand.get_ref<const std::string&>()) !=
               nullptr;
  }
  if (name == "is" || name == "less" || name == "every") {
    return compare(name, operand, layer, depth);
  }
  return calculate(name, operand, layer, depth);
}

/// {"if": [condition, value, otherwise]}; an absent condition is false.
std::optional<Json> Expressions::choose(const Json& operand, int layer,
                                        int depth) {
  if (!operand.is_array() || operand.size() != 3) {
    return fail("'if' takes a condition and two values");
  }
  const auto condition = compute(operand[0], layer, depth);
  return compute(operand[condition && is_true(*condition) ? 1 : 2], layer,
                 depth);
}

std::optional<Json> Expressions::compare(const std::string& name,
                                         const Json& operand, int layer,
                                         int depth) {
  if (name == "every") {
    // Whether the layer is the last of its group of so many.
    const auto period = number(operand, layer, depth);
    if (!period || layer == kNoLayer) return std::nullopt;
    if (*period < 1 || *period > 1e6) {
      return fail("'every' takes a number of layers from 1");
    }
    return (layer + 1) % static_cast<int>(*period) == 0;
  }
  if (!operand.is_array() || operand.size() != 2) {
    return fail(in_quotes(name) + " takes two values");
  }
  if (name == "less") {
    const auto left = number(operand[0], layer, depth);
    const auto right = number(operand[1], layer, depth);
    if (!left || !right) return std::nullopt;
    return *left < *right;
  }
  const auto left = compute(operand[0], layer, depth);
  const auto right = compute(operand[1], layer, depth);
  if (!left || !right) return std::nullopt;
  return *left == *right;
}

std::optional<double> Expressions::number(const Json& expression, int layer,
                                          int depth) {
  const auto value = compute(expression, layer, depth);
  if (!value) return std::nullopt;
  if (value->is_number()) return value->get<double>();
  fail(in_quotes(origin_) + " is no number");
  return std::nullopt;
}

std::optional<Json> Expressions::calculate(const std::string& name,
                                           const Json& operand, int layer,
                                           int depth) {
  if (name == "sqrt" || name == "inverse_sqrt") {
    const auto value = number(operand, layer, depth);
    if (!value) return std::nullopt;
    if (!(*value > 0)) return fail(in_quotes(name) + " of a number below 0");
    return name == "sqrt" ? std::sqrt(*value) : 1 / std::sqrt(*value);
  }
  if (!operand.is_array() || operand.size() != 2) {
    return fail("the description has an operation " + in_quotes(name) +
                " that is unknown or lacks one of two values");
  }
  const auto left = number(operand[0], layer, depth);
  const auto right = number(operand[1], layer, depth);
  if (!left || !right) return std::nullopt;
  if (name == "sum") return *left + *right;
  if (name == "product") return *left * *right;
  if (name != "ratio") {
    return fail("the description has the unknown operation " + in_quotes(name));
  }
  if (*right == 0) return fail("a ratio to " + in_quotes(origin_) + ", 0");
  return *left / *right;
}

}  // namespace etllm::importer
