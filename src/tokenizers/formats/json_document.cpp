#include "tokenizers/formats/json_document.h"

#include <limits>
#include <string>
#include <utility>

#include "tokenizers/formats/json_object.h"

namespace tokenizers::pipeline {
namespace {

namespace dom = simdjson::dom;
using Json = nlohmann::json;

const char* sentence_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::DEPTH_ERROR:
      return "it is nested too deeply";
    case simdjson::UTF8_ERROR:
      return "it is not valid JSON: a text is not UTF-8";
    case simdjson::NUMBER_ERROR:
      return "it is not valid JSON: a number is malformed or too large";
    case simdjson::STRING_ERROR:
    case simdjson::UNESCAPED_CHARS:
      return "it is not valid JSON: a text has a malformed escape or a bare "
             "control character";
    case simdjson::UNCLOSED_STRING:
      return "it is not valid JSON: a text does not end";
    case simdjson::EMPTY:
      return "it is not valid JSON: it is empty";
    default:
      return "it is not valid JSON: a bracket, a comma or a value is missing "
             "or out of place";
  }
}

Json list_of(dom::array values) {
  Json list = Json::array();
  for (const dom::element value : values) list.push_back(to_json(value));
  return list;
}

Json object_of(dom::object fields) {
  Json object = Json::object();
  for (const dom::key_value_pair field : fields) {
    object[std::string(field.key)] = to_json(field.value);
  }
  return object;
}

}  // namespace

etllm::Result<JsonDocument> JsonDocument::parse(std::string_view text) {
  // A byte order mark says nothing about UTF-8.
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    return etllm::not_supported("it is larger than 4 GB");
  }
  JsonDocument document;
  // Copies the text, for simdjson reads a little beyond its end.
  simdjson::error_code error =
      document.parser_.allocate(text.size(), kMaxJsonDepth);
  if (error == simdjson::SUCCESS) {
    error = document.parser_.parse(text.data(), text.size()).error();
  }
  if (error == simdjson::MEMALLOC) {
    return etllm::io_error("there is not enough memory to read it");
  }
  if (error != simdjson::SUCCESS) {
    return etllm::invalid_data(sentence_of(error));
  }
  return document;
}

Json to_json(dom::element value) {
  switch (value.type()) {
    case dom::element_type::ARRAY:
      return list_of(value.get_array().value_unsafe());
    case dom::element_type::OBJECT:
      return object_of(value.get_object().value_unsafe());
    case dom::element_type::STRING:
      return std::string(value.get_string().value_unsafe());
    case dom::element_type::BOOL:
      return value.get_bool().value_unsafe();
    case dom::element_type::DOUBLE:
      return value.get_double().value_unsafe();
    case dom::element_type::UINT64:
      return value.get_uint64().value_unsafe();
    case dom::element_type::INT64: {
      // As the rest of the code knows numbers: without a sign if they can be.
      const std::int64_t number = value.get_int64().value_unsafe();
      if (number >= 0) return static_cast<std::uint64_t>(number);
      return number;
    }
    case dom::element_type::NULL_VALUE:
      break;
  }
  return nullptr;
}

}  // namespace tokenizers::pipeline
