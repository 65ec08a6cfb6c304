#pragma once

// Converts the tensors of a model to what a program stores: matrices in
// kernel layout, written in pieces, and vectors as floats.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/status.h"
#include "importer/import.h"
#include "importer/source/model_source.h"
#include "importer/tensors/matrix_view.h"
#include "kernels/formats/weight_format.h"
#include "program/program_builder.h"

namespace etllm::importer {

/// Where a matrix is used. Table lookups and the output matrix decide more
/// about the quality of a model than the layers between them.
enum class MatrixRole { kLayer, kVocabulary };

/// A matrix of the model and the format it gets in the program.
struct MatrixPlan {
  MatrixView matrix;
  kernels::WeightFormat format = kernels::WeightFormat::kF32;
  std::uint64_t bytes = 0;
};

/// Chooses the format of `matrix`. Fails with kNotSupported when its type
/// cannot be converted or it is too large for a program.
Result<MatrixPlan> plan_matrix(const MatrixView& matrix, MatrixRole role,
                               Quantization quantization);

/// The bytes of the matrix, made when they are asked for; its source must
/// outlive the result. Writing fails with kInvalidData when the matrix holds
/// infinite or undefined values.
program::ConstantData convert_matrix(const MatrixPlan& plan);

/// All values of a tensor that the program keeps as floats, such as the weight
/// of a norm. Fails with kNotSupported or kInvalidData.
Result<std::vector<float>> read_floats(const SourceTensor& tensor);

}  // namespace etllm::importer
