#include "importer/tensors/matrix_converter.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "importer/tensors/float_bits.h"
#include "importer/tensors/parallel_ranges.h"
#include "importer/tensors/row_encoder.h"
#include "importer/tensors/row_source.h"

namespace etllm::importer {
namespace {

using kernels::kColsPerGroup;
using kernels::kRowsPerBlock;
using kernels::WeightFormat;

// What is converted between two writes: large enough for few system calls,
// small enough to stay in the cache until it is written.
constexpr std::size_t kChunkBytes = std::size_t{2} << 20;
// Below this a thread costs more than it saves.
constexpr std::size_t kMinBytesPerThread = std::size_t{128} << 10;

Result<const RowSource*> source_of(const SourceTensor& tensor) {
  if (const RowSource* source = find_row_source(tensor.type)) return source;
  return not_supported(tensor.text() + " has type " +
                       std::string(ggml_type_name(tensor.type)) +
                       ", which cannot be imported; use a file in F32, F16, "
                       "BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K or "
                       "Q6_K");
}

/// `format`, unless the values have as few bits already or cannot be cut into
/// groups: then they stay as they are.
WeightFormat lower_to(WeightFormat format, WeightFormat exact,
                      std::uint64_t cols) {
  const auto bits = [](WeightFormat f) {
    return kernels::find_weight_format(static_cast<std::int64_t>(f))->bits;
  };
  const bool can_be_quantized = cols % kColsPerGroup == 0;
  return can_be_quantized && bits(exact) > bits(format) ? format : exact;
}

WeightFormat choose_format(const RowSource& source, std::uint64_t cols,
                           MatrixRole role, Quantization quantization) {
  const WeightFormat exact = source.exact_format;
  switch (quantization) {
    case Quantization::kKeep:
      return exact;
    case Quantization::kQ8:
      return lower_to(WeightFormat::kQ8, exact, cols);
    case Quantization::kQ4:
      return lower_to(role == MatrixRole::kVocabulary ? WeightFormat::kQ8
                                                      : WeightFormat::kQ4,
                      exact, cols);
    case Quantization::kF16:
      return WeightFormat::kF16;
    case Quantization::kBF16:
      return WeightFormat::kBF16;
    case Quantization::kF32:
      return WeightFormat::kF32;
  }
  return exact;
}

/// Converts one matrix, chunk by chunk.
class MatrixConverter {
 public:
  explicit MatrixConverter(const MatrixPlan& plan)
      : view_(plan.matrix),
        tensor_(*view_.tensor),
        format_(plan.format),
        source_(*find_row_source(tensor_.type)),
        encode_(find_block_encoder(format_)),
        layout_(*kernels::weight_block_layout(
            static_cast<std::int64_t>(format_), view_.cols)),
        row_bytes_(tensor_.data.size() / tensor_.rows()),
        block_count_((view_.rows + kRowsPerBlock - 1) / kRowsPerBlock) {}

  Status write(const program::ByteSink& sink) {
    const std::size_t chunk_blocks =
        std::min(block_count_,
                 std::max<std::size_t>(kChunkBytes / layout_.block_bytes, 1));
    std::vector<std::byte> chunk(chunk_blocks * layout_.block_bytes);
    allocate_scratch();
    for (std::size_t first = 0; first < block_count_; first += chunk_blocks) {
      const std::size_t count = std::min(chunk_blocks, block_count_ - first);
      const auto part = std::span(chunk).first(count * layout_.block_bytes);
      Status status = convert_chunk(first, count, part);
      if (status.ok()) status = sink(part);
      if (!status.ok()) return status;
    }
    if (!is_read_in_order()) tensor_.file->release(tensor_.data);
    return {};
  }

 private:
  bool is_exact() const {
    return source_.pack_exact != nullptr && source_.exact_format == format_;
  }
  bool is_read_in_order() const {
    return view_.order.is_plain() && !view_.is_transposed;
  }

  void allocate_scratch() {
    scratch_.resize(conversion_threads());
    if (is_exact()) return;
    for (auto& rows : scratch_) rows.resize(kRowsPerBlock * view_.cols);
  }

  Status convert_chunk(std::size_t first, std::size_t count,
                       std::span<std::byte> out) {
    const std::size_t parts = std::clamp<std::size_t>(
        out.size() / kMinBytesPerThread, 1, scratch_.size());
    std::atomic<EncodeOutcome> outcome = EncodeOutcome::kOk;
    parallel_ranges(
        count, parts,
        [&](std::size_t part, std::size_t begin, std::size_t end) {
          for (std::size_t i = begin; i < end; ++i) {
            const EncodeOutcome block = convert_block(
                first + i, scratch_[part],
                out.subspan(i * layout_.block_bytes, layout_.block_bytes));
            if (block != EncodeOutcome::kOk) outcome = block;
          }
        });
    release_chunk(first * kRowsPerBlock, count * kRowsPerBlock);
    return status_of(outcome);
  }

  void release_chunk(std::size_t first_row, std::size_t rows) const {
    if (!is_read_in_order()) return;
    rows = std::min<std::size_t>(rows, view_.rows - first_row);
    tensor_.file->release(tensor_.data.subspan(
        (view_.order.first + first_row) * row_bytes_, rows * row_bytes_));
  }

  EncodeOutcome convert_block(std::size_t index, std::vector<float>& scratch,
                              std::span<std::byte> out) const {
    const std::size_t first_row = index * kRowsPerBlock;
    const auto rows =
        std::min<std::size_t>(kRowsPerBlock, view_.rows - first_row);
    // Padding, and the rows that a last block lacks, are zero.
    std::memset(out.data(), 0, out.size());
    if (is_exact()) {
      return source_.pack_exact(block_of(first_row, rows), layout_, out.data())
                 ? EncodeOutcome::kOk
                 : EncodeOutcome::kNotFinite;
    }
    if (view_.is_transposed) {
      decode_transposed(first_row, rows, scratch);
    } else {
      decode(first_row, rows, scratch);
    }
    std::fill(scratch.begin() + static_cast<std::ptrdiff_t>(rows * view_.cols),
              scratch.end(), 0.0F);
    return encode_(scratch, view_.cols, layout_, out.data());
  }

  RowBlock block_of(std::size_t first_row, std::size_t rows) const {
    RowBlock block{{}, rows, static_cast<std::size_t>(view_.cols)};
    for (std::size_t i = 0; i < rows; ++i) {
      block.row_data[i] = tensor_.data.data() +
                          view_.order.source_row(first_row + i) * row_bytes_;
    }
    return block;
  }

  void decode(std::size_t first_row, std::size_t rows,
              std::vector<float>& scratch) const {
    const RowBlock block = block_of(first_row, rows);
    for (std::size_t row = 0; row < rows; ++row) {
      float* values = scratch.data() + row * block.cols;
      source_.decode_row(block.row(row), block.cols, values);
      if (tensor_.scales == nullptr) continue;
      tensor_.scales->apply(view_.order.source_row(first_row + row), 0,
                            {values, block.cols});
    }
  }

  /// Our rows are columns of the tensor, whose type has values of whole bytes.
  void decode_transposed(std::size_t first_row, std::size_t rows,
                         std::vector<float>& scratch) const {
    const std::size_t value_bytes = row_bytes_ / tensor_.cols();
    for (std::size_t i = 0; i < view_.cols; ++i) {
      const std::byte* values = tensor_.data.data() + i * row_bytes_;
      for (std::size_t row = 0; row < rows; ++row) {
        source_.decode_row(
            values + view_.order.source_row(first_row + row) * value_bytes, 1,
            scratch.data() + row * view_.cols + i);
        if (tensor_.scales == nullptr) continue;
        tensor_.scales->apply(i, view_.order.source_row(first_row + row),
                              {scratch.data() + row * view_.cols + i, 1});
      }
    }
  }

  Status status_of(EncodeOutcome outcome) const {
    switch (outcome) {
      case EncodeOutcome::kOk:
        return {};
      case EncodeOutcome::kNotFinite:
        return invalid_data(tensor_.text() +
                            " holds values that are infinite or not numbers; "
                            "download or convert the model again");
      case EncodeOutcome::kOutOfRange:
        return not_supported(tensor_.text() + " holds values too large for " +
                             std::string(kernels::find_weight_format(
                                             static_cast<std::int64_t>(format_))
                                             ->name) +
                             "; choose another quantization, such as bf16");
    }
    return {};
  }

  MatrixView view_;
  const SourceTensor& tensor_;
  WeightFormat format_;
  const RowSource& source_;
  EncodeBlock encode_;
  kernels::WeightBlockLayout layout_;
  std::size_t row_bytes_;
  std::size_t block_count_;
  /// 16 rows of floats for each thread.
  std::vector<std::vector<float>> scratch_;
};

}  // namespace

Result<MatrixPlan> plan_matrix(const MatrixView& matrix, MatrixRole role,
                               Quantization quantization) {
  const SourceTensor& tensor = *matrix.tensor;
  const Result<const RowSource*> source = source_of(tensor);
  if (!source.ok()) return source.status();
  if (matrix.is_transposed && (*source)->pack_exact != nullptr) {
    return not_supported(tensor.text() + " has type " +
                         std::string(ggml_type_name(tensor.type)) +
                         ", and rows and columns of quantized matrices cannot "
                         "be exchanged; use a file in F32, F16 or BF16");
  }
  MatrixPlan plan;
  plan.matrix = matrix;
  plan.format = choose_format(**source, matrix.cols, role, quantization);
  const auto bytes = kernels::weight_bytes(
      static_cast<std::int64_t>(plan.format), matrix.rows, matrix.cols);
  // A program counts the bytes of a tensor in 32 bits.
  if (!bytes || *bytes > std::numeric_limits<std::int32_t>::max()) {
    return not_supported(tensor.text() + " of shape " + tensor.shape_text() +
                         " is larger than the 2 GiB a program can hold in one "
                         "matrix; choose a smaller quantization");
  }
  plan.bytes = *bytes;
  return plan;
}

program::ConstantData convert_matrix(const MatrixPlan& plan) {
  return {plan.bytes, [plan](const program::ByteSink& sink) {
            return MatrixConverter(plan).write(sink);
          }};
}

Result<std::vector<float>> read_floats(const SourceTensor& tensor) {
  const Result<const RowSource*> source = source_of(tensor);
  if (!source.ok()) return source.status();
  const auto cols = static_cast<std::size_t>(tensor.cols());
  std::vector<float> values(cols * tensor.rows());
  const std::size_t row_bytes = tensor.data.size() / tensor.rows();
  for (std::size_t row = 0; row < tensor.rows(); ++row) {
    (*source)->decode_row(tensor.data.data() + row * row_bytes, cols,
                          values.data() + row * cols);
    if (tensor.scales == nullptr) continue;
    tensor.scales->apply(row, 0, std::span(values).subspan(row * cols, cols));
  }
  for (const float value : values) {
    if (!is_finite_f32(value)) {
      return invalid_data(tensor.text() +
                          " holds values that are infinite or not numbers; "
                          "download or convert the model again");
    }
  }
  return values;
}

}  // namespace etllm::importer
