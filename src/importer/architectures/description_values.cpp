#include "importer/architectures/description_values.h"

#include <cmath>
#include <string>

namespace etllm::importer {
namespace {

/// The whole number that `value` is; -1 for anything else.
std::int64_t whole(const Json& value) {
  if (!value.is_number()) return -1;
  const double number = value.get<double>();
  if (!(number >= 0 && number < 1e15) || number != std::floor(number)) {
    return -1;
  }
  return static_cast<std::int64_t>(number);
}

}  // namespace

std::optional<Json> DescriptionValues::evaluate(const char* section,
                                                const char* name, int layer) {
  auto value = expressions_.evaluate(member(section, name), layer);
  if (!expressions_.status().ok()) tensors_.fail(expressions_.status());
  return value;
}

void DescriptionValues::fail_missing(const Json& expression,
                                     const std::string& name) {
  const std::string key = expressions_.expected_key(expression);
  tensors_.fail(not_found(
      tensors_.file_text() + "the configuration has no metadata key " +
      in_quotes(key.empty() ? name : key) +
      "; the model is incomplete, download or convert it again"));
}

std::uint32_t DescriptionValues::size(const char* section, const char* name,
                                      std::uint32_t limit) {
  const auto value = evaluate(section, name, Expressions::kNoLayer);
  if (!value) {
    fail_missing(member(section, name), name);
    return 1;
  }
  const std::int64_t number = whole(*value);
  if (number >= 1 && number <= limit) return static_cast<std::uint32_t>(number);
  tensors_.fail(invalid_data(
      expressions_.origin_text() + " gives " + value->dump() + " for " +
      in_quotes(name) + ", expected a whole number from 1 to " +
      std::to_string(limit) + "; convert the model again"));
  return 1;
}

std::uint32_t DescriptionValues::count(const char* section, const char* name,
                                       std::uint32_t limit, int layer) {
  const auto value = evaluate(section, name, layer);
  if (!value) return 0;
  if (value->is_boolean() && !value->get<bool>()) return 0;
  const std::int64_t number = whole(*value);
  if (number >= 0 && number <= limit) return static_cast<std::uint32_t>(number);
  tensors_.fail(
      invalid_data(expressions_.origin_text() + " is " + value->dump() +
                   ", expected a whole number from 0 to " +
                   std::to_string(limit) + "; convert the model again"));
  return 0;
}

double DescriptionValues::number(const char* section, const char* name,
                                 int layer) {
  const auto value = evaluate(section, name, layer);
  if (!value) {
    fail_missing(member(section, name), name);
    return 1;
  }
  const double number = value->is_number() ? value->get<double>() : 0;
  if (std::isfinite(number) && number > 0) return number;
  tensors_.fail(
      invalid_data(expressions_.origin_text() + " is " + value->dump() +
                   ", expected a positive number; convert the model again"));
  return 1;
}

double DescriptionValues::number_or_zero(const char* section,
                                         const char* name) {
  const auto value = evaluate(section, name, Expressions::kNoLayer);
  if (!value) return 0;
  const double number = value->is_number() ? value->get<double>() : NAN;
  if (std::isfinite(number) && number >= 0) return number;
  tensors_.fail(invalid_data(expressions_.origin_text() + " is " +
                             value->dump() +
                             ", expected a number from 0; convert the model "
                             "again"));
  return 0;
}

std::optional<bool> DescriptionValues::truth(const char* section,
                                             const char* name, int layer) {
  const auto value = evaluate(section, name, layer);
  if (!value) return std::nullopt;
  return is_true(*value);
}

std::size_t DescriptionValues::word(
    const char* section, const char* name,
    std::initializer_list<std::string_view> words) {
  std::string found = text(section, name);
  std::string known;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words.begin()[i] == found) return i;
    known += (i == 0 ? "'" : ", '") + std::string(words.begin()[i]) + "'";
  }
  tensors_.fail(not_supported(tensors_.file_text() + "the description has " +
                              in_quotes(found) + " for " +
                              in_quotes(std::string(section) + "." + name) +
                              ", which can be " + known));
  return 0;
}

std::string DescriptionValues::text(const char* section, const char* name) {
  // A plain text is a word, unless the configuration has it as a key.
  const Json& own = member(section, name);
  if (own.is_string()) {
    const auto& word = own.get_ref<const std::string&>();
    if (!word.starts_with('=') && expressions_.find(word) == nullptr) {
      return word;
    }
  }
  const auto value = evaluate(section, name, Expressions::kNoLayer);
  return value && value->is_string() ? value->get<std::string>()
                                     : std::string();
}

}  // namespace etllm::importer
