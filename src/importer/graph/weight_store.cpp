#include "importer/graph/weight_store.h"

#include <algorithm>
#include <span>

namespace etllm::importer {

using program::ScalarType;
using program::ValueId;

void WeightStore::fail(Status status) {
  if (status_.ok()) status_ = std::move(status);
}

void WeightStore::count_format(kernels::WeightFormat format) {
  const auto* traits =
      kernels::find_weight_format(static_cast<std::int64_t>(format));
  for (auto& [name, count] : format_counts_) {
    if (name != traits->name) continue;
    ++count;
    return;
  }
  format_counts_.emplace_back(traits->name, 1);
}

Weight WeightStore::add_matrix(const SourceTensor& tensor, MatrixRole role) {
  if (!status_.ok()) return {};
  const auto plan = plan_matrix(tensor, role, quantization_);
  if (!plan.ok()) {
    fail(plan.status());
    return {};
  }
  count_format(plan->format);
  parameter_count_ += tensor.rows() * tensor.cols();
  const auto constant = program_.add_constant(convert_matrix(*plan));
  const ValueId value = method_.add_constant(
      constant, {.dtype = ScalarType::kByte,
                 .sizes = {static_cast<std::int32_t>(plan->bytes)},
                 .name = std::string(tensor.name)});
  return {value, method_.add_int(static_cast<std::int64_t>(plan->format))};
}

ValueId WeightStore::add_vector(const SourceTensor& tensor) {
  if (!status_.ok()) return 0;
  const auto values = read_floats(tensor);
  if (!values.ok()) {
    fail(values.status());
    return 0;
  }
  parameter_count_ += values->size();
  return add_floats(std::string(tensor.name), *values);
}

ValueId WeightStore::add_floats(std::string name,
                                const std::vector<float>& data) {
  const auto constant = program_.add_constant(
      program::ConstantData::from_bytes(std::as_bytes(std::span(data))));
  return method_.add_constant(
      constant, {.dtype = ScalarType::kFloat,
                 .sizes = {static_cast<std::int32_t>(data.size())},
                 .name = std::move(name)});
}

std::string WeightStore::formats_text() const {
  auto sorted = format_counts_;
  std::stable_sort(
      sorted.begin(), sorted.end(),
      [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (const auto& [name, count] : sorted) {
    text += (text.empty() ? "" : ", ") + std::string(name) + " x " +
            std::to_string(count);
  }
  return text;
}

}  // namespace etllm::importer
