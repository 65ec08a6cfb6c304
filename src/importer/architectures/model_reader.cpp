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

bool has_shape(const GgufTensor& tensor,
               std::initializer_list<std::uint64_t> shape) {
  // Trailing dimensions of extent 1 say nothing.
  for (std::size_t i = 0; i < tensor.dims.size(); ++i) {
    const std::uint64_t expected = i < shape.size() ? shape.begin()[i] : 1;
    if (tensor.dims[i] != expected) return false;
  }
  return true;
}

}  // namespace

void ModelReader::fail(Status status) {
  if (status_.ok()) status_ = std::move(status);
}

template <typename T>
T ModelReader::value_or(std::string_view key, T fallback) {
  Result<T> value = file_.get<T>(prefix_ + std::string(key));
  if (value.ok()) return std::move(*value);
  fail(value.status());
  return fallback;
}

std::uint32_t ModelReader::size(std::string_view key, std::uint32_t limit) {
  const auto values = value_or<std::vector<std::int64_t>>(key, {1});
  if (!status_.ok()) return 1;
  const std::string name = quoted(prefix_ + std::string(key));
  if (values.empty() || std::any_of(values.begin(), values.end(),
                                    [&](auto v) { return v != values[0]; })) {
    fail(not_supported(file_text() + "metadata key " + name +
                       " differs between layers, which cannot be imported"));
    return 1;
  }
  if (values[0] < 1 || values[0] > static_cast<std::int64_t>(limit)) {
    fail(invalid_data(file_text() + "metadata key " + name + " is " +
                      std::to_string(values[0]) + ", expected 1 to " +
                      std::to_string(limit) + "; convert the model again"));
    return 1;
  }
  return static_cast<std::uint32_t>(values[0]);
}

std::uint32_t ModelReader::size_or(std::string_view key, std::uint32_t limit,
                                   std::uint32_t fallback) {
  return has(key) ? size(key, limit) : fallback;
}

double ModelReader::positive(std::string_view key) {
  const double value = value_or<double>(key, 1);
  if (status_.ok() && (!std::isfinite(value) || value <= 0)) {
    fail(invalid_data(file_text() + "metadata key " +
                      quoted(prefix_ + std::string(key)) + " is " +
                      std::to_string(value) +
                      ", expected a positive number; convert the model again"));
    return 1;
  }
  return value;
}

double ModelReader::positive_or(std::string_view key, double fallback) {
  return has(key) ? positive(key) : fallback;
}

std::string_view ModelReader::text_or(std::string_view key,
                                      std::string_view fallback) {
  return has(key) ? value_or<std::string_view>(key, fallback) : fallback;
}

const GgufTensor* ModelReader::tensor(
    const std::string& name, std::initializer_list<std::uint64_t> shape) {
  const GgufTensor* found = optional_tensor(name, shape);
  if (found == nullptr) {
    fail(not_found(file_text() + "tensor " + quoted(name) +
                   " is missing; the file is incomplete, download or convert "
                   "it again"));
  }
  return found;
}

const GgufTensor* ModelReader::optional_tensor(
    const std::string& name, std::initializer_list<std::uint64_t> shape) {
  const GgufTensor* found = file_.find_tensor(name);
  if (found == nullptr) return nullptr;
  used_.insert(found->name);
  if (!has_shape(*found, shape)) {
    fail(invalid_data(file_text() + "tensor " + quoted(name) + " has shape " +
                      found->shape_text() + ", expected " + text_of(shape) +
                      " from the metadata; convert the model again"));
  }
  return found;
}

void ModelReader::expect_no_other_tensors() {
  for (const GgufTensor& tensor : file_.tensors()) {
    if (used_.contains(tensor.name)) continue;
    const std::string kind =
        tensor.name.ends_with(".bias") ? "a bias, " : "tensor ";
    fail(not_supported(file_text() + "the model has " + kind +
                       quoted(tensor.name) +
                       ", which imported models of this architecture cannot "
                       "have yet"));
    return;
  }
}

}  // namespace etllm::importer
