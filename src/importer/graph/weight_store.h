#pragma once

// Puts weights into a program, each once, however many methods use it, and
// remembers what became of them.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "importer/tensor_quantization.h"
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
///
/// A weight is known by its name in the program; adding a name again gives the
/// weight that has it.
class WeightStore {
 public:
  WeightStore(QuantizationChoice choice, program::ProgramBuilder& program)
      : choice_(std::move(choice)), program_(program) {}

  /// What is added from now on goes to `method`.
  void begin_method(program::MethodBuilder& method);

  /// A matrix in the format of its type and of the quantization asked for.
  Weight add_matrix(const std::string& name, const MatrixView& matrix,
                    MatrixRole role);
  /// Matrices of one size and type, one after the other in one constant.
  Weight add_matrices(const std::string& name,
                      const std::vector<MatrixView>& matrices);
  /// The weight of a norm, or a bias.
  program::ValueId add_vector(const std::string& name,
                              const std::vector<float>& values);
  /// Floats that are no weight of the model.
  program::ValueId add_floats(const std::string& name,
                              const std::vector<float>& values);

  const Status& status() const { return status_; }
  /// Fails when somebody asked for another type of a weight that is not there.
  Status check_choices() const { return choice_.check_all_used(); }
  /// Values of all weights added.
  std::uint64_t parameter_count() const { return parameter_count_; }
  /// Matrices by format, most frequent first: "q4_min x 210, q8 x 1".
  std::string formats_text() const;

 private:
  /// A constant of the program.
  struct Stored {
    program::ConstantId constant = 0;
    program::TensorSpec spec;
    std::int64_t format = 0;
  };

  void fail(Status status);
  Result<MatrixPlan> plan(const std::string& name, const MatrixView& matrix,
                          MatrixRole role);
  void count_matrix(kernels::WeightFormat format, const MatrixView& matrix);
  Weight use(const std::string& name, const Stored& stored);
  program::ValueId store_floats(const std::string& name,
                                const std::vector<float>& values,
                                std::uint64_t parameters);

  QuantizationChoice choice_;
  program::ProgramBuilder& program_;
  program::MethodBuilder* method_ = nullptr;
  Status status_;
  std::map<std::string, Stored> stored_;
  /// Those that the current method has already.
  std::map<std::string, Weight> used_;
  std::uint64_t parameter_count_ = 0;
  std::vector<std::pair<std::string_view, int>> format_counts_;
};

}  // namespace etllm::importer
