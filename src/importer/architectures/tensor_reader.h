#pragma once

// Finds the tensors of one model by the parts that they play, checks their
// shapes, and remembers the first thing that is wrong, so that the reader of
// a decoder is a list of what it needs.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/status.h"
#include "importer/source/model_source.h"
#include "importer/tensors/matrix_view.h"

namespace etllm::importer {

/// Which tensor is meant: a role of the member "tensors" of a description, and
/// which layer, and which expert or head, where there are several.
struct TensorPart {
  std::string_view role;
  int layer = -1;
  int index = -1;
};

/// After the first failure every call gives something empty; ask `status()`
/// before using any of it.
class TensorReader {
 public:
  /// `names`: role to name or names, as the description has them.
  TensorReader(const ModelSource& source, const Json& names)
      : source_(source), names_(names) {}

  const Status& status() const { return status_; }
  /// Records `status` unless something failed before.
  void fail(Status status);
  /// "'model.gguf': " for sentences.
  std::string file_text() const { return "'" + source_.path() + "': "; }

  /// Whether the model has that tensor; `suffix` is ".weight" or ".bias".
  bool has(const TensorPart& part, std::string_view suffix) const;
  /// The tensor, whatever its shape; nullptr when there is none.
  const SourceTensor* find(const TensorPart& part, std::string_view suffix);

  /// A matrix that is a tensor of its own.
  MatrixView matrix(const TensorPart& part, std::uint64_t rows,
                    std::uint64_t cols);
  /// `rows` rows of a tensor of `tensor_rows`, in the order given, which must
  /// lie inside it.
  MatrixView matrix_part(const TensorPart& part, std::uint64_t tensor_rows,
                         std::uint64_t cols, const RowOrder& order,
                         std::uint64_t rows);
  /// The matrices of `count` experts, from tensors of their own or from one
  /// that holds all of them. `first` and `tensor_rows` select rows of each.
  std::vector<MatrixView> expert_matrices(const TensorPart& part, int count,
                                          std::uint64_t tensor_rows,
                                          std::uint64_t cols,
                                          std::uint64_t first,
                                          std::uint64_t rows);
  /// All values of a vector; with an order, `size` of its `tensor_size` ones.
  std::vector<float> vector(const TensorPart& part, std::string_view suffix,
                            std::uint64_t size);
  /// All values of a matrix, which may be stored as one vector.
  std::vector<float> rows_as_vector(const TensorPart& part, std::uint64_t rows,
                                    std::uint64_t cols);
  std::vector<float> vector_part(const TensorPart& part,
                                 std::string_view suffix,
                                 std::uint64_t tensor_size,
                                 const RowOrder& order, std::uint64_t size);

  /// Makes `expect_no_other_tensors` accept a tensor.
  void use(const SourceTensor& tensor) { used_.insert(tensor.name); }
  /// Fails when the model holds a tensor that nobody asked for and that no
  /// pattern of `ignored` fits: it would have a part in the result that we do
  /// not know.
  void expect_no_other_tensors(const Json& ignored);

 private:
  std::vector<std::string> candidates(const TensorPart& part,
                                      std::string_view suffix) const;
  const SourceTensor* require(const TensorPart& part, std::string_view suffix,
                              const std::vector<std::uint64_t>& shape);
  std::vector<float> checked_floats(const SourceTensor& tensor);
  bool is_transposed(std::string_view role) const;

  const ModelSource& source_;
  const Json& names_;
  Status status_;
  std::unordered_set<std::string_view> used_;
};

}  // namespace etllm::importer
