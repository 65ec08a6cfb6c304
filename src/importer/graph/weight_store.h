#pragma once

// Puts tensors of a model into a program, and remembers what became of
// them.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "importer/import.h"
#include "importer/tensors/matrix_converter.h"
#include "kernels/formats/weight_format.h"
#include "program/program_builder.h"

namespace etllm::importer {

/// A weight of a method, ready to be an argument of a call.
struct Weight {
  program::ValueId value = 0;
  /// An integer value with the number of the format; only for matrices.
  program::ValueId format = 0;
};

/// After the first failure every call gives a useless Weight; ask `status()`
/// when all are added. Borrows everything it is made of.
class WeightStore {
 public:
  WeightStore(Quantization quantization, program::ProgramBuilder& program,
              program::MethodBuilder& method)
      : quantization_(quantization), program_(program), method_(method) {}

  /// A matrix in the format of its type and of the quantization asked for.
  Weight add_matrix(const SourceTensor& tensor, MatrixRole role);
  /// A vector of floats, such as the weight of a norm.
  program::ValueId add_vector(const SourceTensor& tensor);
  /// Floats that are no tensor of the model.
  program::ValueId add_floats(std::string name, const std::vector<float>& data);

  const Status& status() const { return status_; }
  /// Values of all tensors added.
  std::uint64_t parameter_count() const { return parameter_count_; }
  /// Matrices by format, most frequent first: "q4_min x 210, q8 x 1".
  std::string formats_text() const;

 private:
  void fail(Status status);
  void count_format(kernels::WeightFormat format);

  Quantization quantization_;
  program::ProgramBuilder& program_;
  program::MethodBuilder& method_;
  Status status_;
  std::uint64_t parameter_count_ = 0;
  std::vector<std::pair<std::string_view, int>> format_counts_;
};

}  // namespace etllm::importer
