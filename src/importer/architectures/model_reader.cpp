#include "importer/architectures/model_reader.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace etllm::importer {
namespace {

std::string text_of(std::initializer_list<std::uint64_t> shape) {
  std::string text = "[";
  for (const std::uint64_t extent : shape) {
    text += (text.size() == 1 ? "" : ", ") + std::to_string(extent);
  }
  return text + "]";
}

bool has_shape(const SourceTensor& tensor,
               std::initializer_list<std::uint64_t> shape) {
  // Outer dimensions of extent 1 say nothing.
  const auto is_more = [](std::uint64_t extent) { return extent != 1; };
  const auto have =
      std::find_if(tensor.shape.begin(), tensor.shape.end(), is_more);
  const auto want = std::find_if(shape.begin(), shape.end(), is_more);
  return std::equal(have, tensor.shape.end(), want, shape.end());
}

}  // namespace

void ModelReader::fail(Status status) {
  if (status_.ok()) status_ = std::move(status);
}

const Json* ModelReader::value(std::string_view key) {
  const auto found = source_.config().find(prefix_ + std::string(key));
  if (found != source_.config().end()) return &*found;
  fail(not_found("'" + source_.config_path() + "' has no metadata key " +
                 in_quotes(prefix_ + std::string(key)) +
                 "; the file is incomplete, convert the model again"));
  return nullptr;
}

void ModelReader::fail_type(std::string_view key) {
  fail(invalid_data(file_text() + "metadata key " +
                    in_quotes(prefix_ + std::string(key)) +
                    " has a type that cannot be used here; convert the model "
                    "again"));
}

std::uint32_t ModelReader::size(std::string_view key, std::uint32_t limit) {
  const Json* json = value(key);
  if (json == nullptr) return 1;
  const std::string name = in_quotes(prefix_ + std::string(key));
  if (json->is_array() && !json->empty()) {
    for (const Json& element : *json) {
      if (element == json->front()) continue;
      fail(not_supported(file_text() + "metadata key " + name +
                         " differs between layers, which cannot be imported"));
      return 1;
    }
    json = &json->front();
  }
  if (!json->is_number_integer()) {
    fail_type(key);
    return 1;
  }
  const auto number = json->get<std::int64_t>();
  if (number < 1 || number > static_cast<std::int64_t>(limit)) {
    fail(invalid_data(file_text() + "metadata key " + name + " is " +
                      std::to_string(number) + ", expected 1 to " +
                      std::to_string(limit) + "; convert the model again"));
    return 1;
  }
  return static_cast<std::uint32_t>(number);
}

std::uint32_t ModelReader::size_or(std::string_view key, std::uint32_t limit,
                                   std::uint32_t fallback) {
  return has(key) ? size(key, limit) : fallback;
}

double ModelReader::positive(std::string_view key) {
  const Json* json = this->value(key);
  if (json == nullptr) return 1;
  if (!json->is_number()) {
    fail_type(key);
    return 1;
  }
  const auto value = json->get<double>();
  if (!std::isfinite(value) || value <= 0) {
    fail(invalid_data(file_text() + "metadata key " +
                      in_quotes(prefix_ + std::string(key)) + " is " +
                      std::to_string(value) +
                      ", expected a positive number; convert the model again"));
    return 1;
  }
  return value;
}

double ModelReader::positive_or(std::string_view key, double fallback) {
  return has(key) ? positive(key) : fallback;
}

std::string ModelReader::text_or(std::string_view key,
                                 std::string_view fallback) {
  if (!has(key)) return std::string(fallback);
  const Json* json = value(key);
  if (json->is_string()) return json->get<std::string>();
  fail_type(key);
  return std::string(fallback);
}

const SourceTensor* ModelReader::tensor(
    const std::string& name, std::initializer_list<std::uint64_t> shape) {
  const SourceTensor* found = optional_tensor(name, shape);
  if (found == nullptr) {
    fail(not_found(file_text() + "tensor " + in_quotes(name) +
                   " is missing; the file is incomplete, download or convert "
                   "it again"));
  }
  return found;
}

const SourceTensor* ModelReader::optional_tensor(
    const std::string& name, std::initializer_list<std::uint64_t> shape) {
  const SourceTensor* found = source_.find_tensor(name);
  if (found == nullptr) return nullptr;
  used_.insert(found->name);
  if (!has_shape(*found, shape)) {
    fail(invalid_data(file_text() + "tensor " + in_quotes(name) +
                      " has shape " + found->shape_text() + ", expected " +
                      text_of(shape) +
                      " from the metadata; convert the model again"));
  }
  return found;
}

void ModelReader::expect_no_other_tensors() {
  for (const SourceTensor& tensor : source_.tensors()) {
    if (used_.contains(tensor.name)) continue;
    const std::string kind =
        tensor.name.ends_with(".bias") ? "a bias, " : "tensor ";
    fail(not_supported(file_text() + "the model has " + kind +
                       in_quotes(tensor.name) +
                       ", which imported models of this architecture cannot "
                       "have yet"));
    return;
  }
}

}  // namespace etllm::importer
