#include "tokenizers/formats/fields.h"

#include <utility>

#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

const Json& null_value() {
  static const Json null;
  return null;
}

const Json& empty_array() {
  static const Json array = Json::array();
  return array;
}

}  // namespace

Fields::Fields(const Json& json, std::string what)
    : json_(json), what_(std::move(what)) {
  if (!json.is_object()) fail("it is not a JSON object");
}

void Fields::fail(const std::string& sentence) {
  if (status_.ok()) status_ = etllm::invalid_data(what_ + ": " + sentence);
}

void Fields::fail_type(const char* name, const char* expected) {
  fail(std::string("'") + name + "' is missing or not " + expected);
}

const Json* Fields::find(const char* name) const {
  if (!json_.is_object()) return nullptr;
  const auto found = json_.find(name);
  return found == json_.end() ? nullptr : &*found;
}

std::string Fields::text(const char* name) {
  const Json* value = find(name);
  if (value != nullptr && value->is_string()) return value->get<std::string>();
  fail_type(name, "a text");
  return {};
}

std::optional<std::string> Fields::optional_text(const char* name) {
  const Json* value = find(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  return text(name);
}

char32_t Fields::character(const char* name) {
  const std::string value = text(name);
  if (!value.empty() && utf8_length(value[0]) == value.size()) {
    return decode_utf8(value.data()).value;
  }
  fail_type(name, "one character");
  return U' ';
}

bool Fields::boolean(const char* name) {
  const Json* value = find(name);
  if (value != nullptr && value->is_boolean()) return value->get<bool>();
  fail_type(name, "true or false");
  return false;
}

bool Fields::boolean_or(const char* name, bool missing) {
  return find(name) == nullptr ? missing : boolean(name);
}

std::uint64_t Fields::count(const char* name) {
  const Json* value = find(name);
  if (value != nullptr && value->is_number_unsigned()) {
    return value->get<std::uint64_t>();
  }
  fail_type(name, "a whole number");
  return 0;
}

std::uint64_t Fields::count_or(const char* name, std::uint64_t missing) {
  return find(name) == nullptr ? missing : count(name);
}

const Json& Fields::array(const char* name) {
  const Json* value = find(name);
  if (value != nullptr && value->is_array()) return *value;
  fail_type(name, "a list");
  return empty_array();
}

const Json& Fields::value(const char* name) {
  const Json* value = find(name);
  if (value != nullptr) return *value;
  fail(std::string("'") + name + "' is missing");
  return null_value();
}

const Json& Fields::optional_value(const char* name) const {
  const Json* value = find(name);
  return value == nullptr ? null_value() : *value;
}

}  // namespace tokenizers::pipeline
