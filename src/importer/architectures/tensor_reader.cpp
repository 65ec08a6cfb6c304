#include "importer/architectures/tensor_reader.h"

#include <algorithm>
#include <utility>

#include "importer/tensors/matrix_converter.h"

namespace etllm::importer {
namespace {

/// The texts of a member that is one or a list of them.
std::vector<std::string> texts_of(const Json& names, std::string_view member) {
  std::vector<std::string> texts;
  const auto found = names.find(std::string(member));
  if (found == names.end()) return texts;
  for (const Json& text : found->is_array() ? *found : Json::array({*found})) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

void replace(std::string& text, std::string_view mark, int number) {
  const std::size_t at = text.find(mark);
  if (at != std::string::npos && number >= 0) {
    text.replace(at, mark.size(), std::to_string(number));
  }
}

std::string text_of(const std::vector<std::uint64_t>& shape) {
  SourceTensor tensor;
  tensor.shape = shape;
  return tensor.shape_text();
}

bool has_shape(const SourceTensor& tensor,
               const std::vector<std::uint64_t>& shape) {
  // Outer dimensions of extent 1 say nothing.
  const auto is_more = [](std::uint64_t extent) { return extent != 1; };
  const auto have =
      std::find_if(tensor.shape.begin(), tensor.shape.end(), is_more);
  const auto want = std::find_if(shape.begin(), shape.end(), is_more);
  return std::equal(have, tensor.shape.end(), want, shape.end());
}

/// Whether `text` fits `pattern`, in which "*" stands for any characters.
bool fits(std::string_view text, std::string_view pattern) {
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::size_t star = std::string_view::npos;
  std::size_t retry = 0;
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      retry = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
      ++in_pattern;
      ++at;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++retry;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

}  // namespace

void TensorReader::fail(Status status) {
  if (status_.ok()) status_ = std::move(status);
}

std::vector<std::string> TensorReader::candidates(
    const TensorPart& part, std::string_view suffix) const {
  std::vector<std::string> prefixes = {""};
  if (part.layer >= 0) prefixes = texts_of(names_, "layer");
  std::vector<std::string> names;
  for (const std::string& prefix : prefixes) {
    for (const std::string& name : texts_of(names_, part.role)) {
      std::string full = prefix + name;
      replace(full, "{layer}", part.layer);
      replace(full, "{expert}", part.index);
      replace(full, "{head}", part.index);
      names.push_back(full + std::string(suffix));
      // Stacked matrices of experts are parameters without a suffix.
      if (suffix == ".weight") names.push_back(full);
    }
  }
  return names;
}

bool TensorReader::has(const TensorPart& part, std::string_view suffix) const {
  const auto names = candidates(part, suffix);
  return std::any_of(names.begin(), names.end(), [this](const auto& name) {
    return source_.find_tensor(name) != nullptr;
  });
}

const SourceTensor* TensorReader::find(const TensorPart& part,
                                       std::string_view suffix) {
  for (const std::string& name : candidates(part, suffix)) {
    const SourceTensor* found = source_.find_tensor(name);
    if (found == nullptr) continue;
    use(*found);
    return found;
  }
  return nullptr;
}

const SourceTensor* TensorReader::require(
    const TensorPart& part, std::string_view suffix,
    const std::vector<std::uint64_t>& shape) {
  if (!status_.ok()) return nullptr;
  const SourceTensor* found = find(part, suffix);
  if (found == nullptr) {
    const auto names = candidates(part, suffix);
    fail(not_found(
        file_text() + "tensor " +
        in_quotes(names.empty() ? part.role : std::string_view(names[0])) +
        " of shape " + text_of(shape) +
        " is missing; the model is incomplete, download or convert it again"));
    return nullptr;
  }
  if (has_shape(*found, shape)) return found;
  fail(invalid_data(found->text() + " has shape " + found->shape_text() +
                    ", expected " + text_of(shape) +
                    " from the configuration; convert the model again"));
  return nullptr;
}

bool TensorReader::is_transposed(std::string_view role) const {
  const auto transposed = names_.find("transposed");
  const bool is_of_layer =
      role != "embedding" && role != "positions" && role != "head";
  return is_of_layer && transposed != names_.end() && *transposed == true;
}

MatrixView TensorReader::matrix(const TensorPart& part, std::uint64_t rows,
                                std::uint64_t cols) {
  return matrix_part(part, rows, cols, {}, rows);
}

MatrixView TensorReader::matrix_part(const TensorPart& part,
                                     std::uint64_t tensor_rows,
                                     std::uint64_t cols, const RowOrder& order,
                                     std::uint64_t rows) {
  MatrixView view;
  const bool transposed = is_transposed(part.role);
  const auto* tensor = transposed
                           ? require(part, ".weight", {cols, tensor_rows})
                           : require(part, ".weight", {tensor_rows, cols});
  if (tensor == nullptr) return view;
  view.tensor = tensor;
  view.rows = rows;
  view.cols = cols;
  view.order = order;
  view.is_transposed = transposed;
  return view;
}

std::vector<MatrixView> TensorReader::expert_matrices(
    const TensorPart& part, int count, std::uint64_t tensor_rows,
    std::uint64_t cols, std::uint64_t first, std::uint64_t rows) {
  std::vector<MatrixView> views;
  const SourceTensor* one = find({part.role, part.layer, 0}, ".weight");
  const bool is_stacked = one != nullptr && one->shape.size() == 3;
  if (is_stacked) {
    const auto experts = static_cast<std::uint64_t>(count);
    one = require({part.role, part.layer, 0}, ".weight",
                  {experts, tensor_rows, cols});
  }
  for (int i = 0; i < count && status_.ok(); ++i) {
    RowOrder order;
    order.first = first;
    if (!is_stacked) {
      views.push_back(matrix_part({part.role, part.layer, i}, tensor_rows, cols,
                                  order, rows));
      continue;
    }
    order.first += static_cast<std::uint64_t>(i) * tensor_rows;
    views.push_back({one, rows, cols, order, false});
  }
  return views;
}

std::vector<float> TensorReader::vector(const TensorPart& part,
                                        std::string_view suffix,
                                        std::uint64_t size) {
  return vector_part(part, suffix, size, {}, size);
}

std::vector<float> TensorReader::rows_as_vector(const TensorPart& part,
                                                std::uint64_t rows,
                                                std::uint64_t cols) {
  const SourceTensor* found = find(part, ".weight");
  const bool is_matrix = found != nullptr && found->rows() == rows;
  if (!is_matrix) return vector(part, ".weight", rows * cols);
  const SourceTensor* tensor = require(part, ".weight", {rows, cols});
  if (tensor == nullptr) return {};
  return checked_floats(*tensor);
}

std::vector<float> TensorReader::checked_floats(const SourceTensor& tensor) {
  Result<std::vector<float>> values = read_floats(tensor);
  if (values.ok()) return std::move(*values);
  fail(values.status());
  return {};
}

std::vector<float> TensorReader::vector_part(const TensorPart& part,
                                             std::string_view suffix,
                                             std::uint64_t tensor_size,
                                             const RowOrder& order,
                                             std::uint64_t size) {
  const SourceTensor* tensor = require(part, suffix, {tensor_size});
  if (tensor == nullptr) return {};
  std::vector<float> all = checked_floats(*tensor);
  if (all.empty() || (order.is_plain() && size == tensor_size)) return all;
  std::vector<float> values(size);
  for (std::uint64_t i = 0; i < size; ++i) {
    values[i] = all[order.source_row(i)];
  }
  return values;
}

void TensorReader::expect_no_other_tensors(const Json& ignored) {
  for (const SourceTensor& tensor : source_.tensors()) {
    if (used_.contains(tensor.name)) continue;
    const bool is_ignored =
        std::any_of(ignored.begin(), ignored.end(), [&](const Json& pattern) {
          return pattern.is_string() &&
                 fits(tensor.name, pattern.get_ref<const std::string&>());
        });
    if (is_ignored) continue;
    const std::string kind =
        tensor.name.ends_with(".bias") ? "a bias, " : "tensor ";
    fail(not_supported(file_text() + "the model has " + kind +
                       in_quotes(tensor.name) +
                       ", whose part in models of this architecture is not "
                       "known"));
    return;
  }
}

}  // namespace etllm::importer
