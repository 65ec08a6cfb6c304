#include "importer/graph/weight_store.h"

#include <algorithm>
#include <limits>
#include <span>

namespace etllm::importer {

using program::ConstantData;
using program::ScalarType;
using program::ValueId;

namespace {

/// The bytes of all matrices, which are made when they are asked for.
ConstantData convert_matrices(std::vector<MatrixPlan> plans) {
  std::uint64_t bytes = 0;
  for (const MatrixPlan& plan : plans) bytes += plan.bytes;
  return {bytes, [plans = std::move(plans)](const program::ByteSink& sink) {
            for (const MatrixPlan& plan : plans) {
              Status status = convert_matrix(plan).write(sink);
              if (!status.ok()) return status;
            }
            return Status();
          }};
}

}  // namespace

void WeightStore::begin_method(program::MethodBuilder& method) {
  method_ = &method;
  used_.clear();
}

void WeightStore::fail(Status status) {
  if (status_.ok()) status_ = std::move(status);
}

void WeightStore::count_matrix(kernels::WeightFormat format,
                               const MatrixView& matrix) {
  parameter_count_ += matrix.rows * matrix.cols;
  const auto* traits =
      kernels::find_weight_format(static_cast<std::int64_t>(format));
  for (auto& [name, count] : format_counts_) {
    if (name != traits->name) continue;
    ++count;
    return;
  }
  format_counts_.emplace_back(traits->name, 1);
}

Weight WeightStore::use(const std::string& name, const Stored& stored) {
  const auto found = used_.find(name);
  if (found != used_.end()) return found->second;
  Weight weight;
  weight.value = method_->add_constant(stored.constant, stored.spec);
  if (stored.spec.dtype == ScalarType::kByte) {
    weight.format = method_->add_int(stored.format);
  }
  used_.emplace(name, weight);
  return weight;
}

Result<MatrixPlan> WeightStore::plan(const std::string& name,
                                     const MatrixView& matrix,
                                     MatrixRole role) {
  const auto exception = choice_.exception_for(name);
  if (!exception) return plan_matrix(matrix, role, choice_.quantization());
  // Whoever names a weight means the type as it stands.
  return plan_matrix(matrix, MatrixRole::kLayer, *exception);
}

Weight WeightStore::add_matrix(const std::string& name,
                               const MatrixView& matrix, MatrixRole role) {
  if (!status_.ok()) return {};
  const auto known = stored_.find(name);
  if (known != stored_.end()) return use(name, known->second);
  const auto plan = this->plan(name, matrix, role);
  if (!plan.ok()) {
    fail(plan.status());
    return {};
  }
  count_matrix(plan->format, matrix);
  Stored stored;
  stored.constant = program_.add_constant(convert_matrix(*plan));
  stored.spec = {.dtype = ScalarType::kByte,
                 .sizes = {static_cast<std::int32_t>(plan->bytes)},
                 .name = name};
  stored.format = static_cast<std::int64_t>(plan->format);
  return use(name, stored_.emplace(name, std::move(stored)).first->second);
}

Weight WeightStore::add_matrices(const std::string& name,
                                 const std::vector<MatrixView>& matrices) {
  if (!status_.ok()) return {};
  const auto known = stored_.find(name);
  if (known != stored_.end()) return use(name, known->second);
  std::vector<MatrixPlan> plans;
  std::uint64_t bytes = 0;
  for (const MatrixView& matrix : matrices) {
    const auto plan = this->plan(name, matrix, MatrixRole::kLayer);
    if (!plan.ok()) {
      fail(plan.status());
      return {};
    }
    if (!plans.empty() && plan->format != plans[0].format) {
      fail(not_supported(matrix.tensor->text() +
                         " has another type than that of the first expert; "
                         "choose a quantization that makes them equal"));
      return {};
    }
    count_matrix(plan->format, matrix);
    bytes += plan->bytes;
    plans.push_back(*plan);
  }
  if (bytes > std::numeric_limits<std::int32_t>::max()) {
    fail(not_supported(matrices[0].tensor->text() +
                       " and those of the other experts take more than the 2 "
                       "GiB a program can hold in one tensor; choose a smaller "
                       "quantization"));
    return {};
  }
  Stored stored;
  stored.format = static_cast<std::int64_t>(plans[0].format);
  stored.constant = program_.add_constant(convert_matrices(std::move(plans)));
  stored.spec = {.dtype = ScalarType::kByte,
                 .sizes = {static_cast<std::int32_t>(bytes)},
                 .name = name};
  return use(name, stored_.emplace(name, std::move(stored)).first->second);
}

ValueId WeightStore::add_vector(const std::string& name,
                                const std::vector<float>& values) {
  return store_floats(name, values, values.size());
}

ValueId WeightStore::add_floats(const std::string& name,
                                const std::vector<float>& values) {
  return store_floats(name, values, 0);
}

ValueId WeightStore::store_floats(const std::string& name,
                                  const std::vector<float>& values,
                                  std::uint64_t parameters) {
  const auto known = stored_.find(name);
  if (known != stored_.end()) return use(name, known->second).value;
  parameter_count_ += parameters;
  Stored stored;
  stored.constant = program_.add_constant(
      ConstantData::from_bytes(std::as_bytes(std::span(values))));
  stored.spec = {.dtype = ScalarType::kFloat,
                 .sizes = {static_cast<std::int32_t>(values.size())},
                 .name = name};
  return use(name, stored_.emplace(name, std::move(stored)).first->second)
      .value;
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
