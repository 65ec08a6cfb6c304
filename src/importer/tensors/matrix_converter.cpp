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
      : tensor_(*plan.tensor),
        format_(plan.format),
        source_(*find_row_source(tensor_.type)),
        encode_(find_block_encoder(format_)),
        layout_(*kernels::weight_block_layout(
            static_cast<std::int64_t>(format_), tensor_.cols())),
        row_bytes_(tensor_.data.size() / tensor_.rows()),
        block_count_((tensor_.rows() + kRowsPerBlock - 1) / kRowsPerBlock) {}

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
    return {};
  }

 private:
  bool is_exact() const {
    return source_.pack_exact != nullptr && source_.exact_format == format_;
  }

  void allocate_scratch() {
    scratch_.resize(conversion_threads());
    if (is_exact()) return;
    for (auto& rows : scratch_) rows.resize(kRowsPerBlock * tensor_.cols());
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
    const std::size_t first_row = first * kRowsPerBlock;
    const std::size_t rows =
        std::min(count * kRowsPerBlock, tensor_.rows() - first_row);
    tensor_.file->release(
        tensor_.data.subspan(first_row * row_bytes_, rows * row_bytes_));
    return status_of(outcome);
  }

  EncodeOutcome convert_block(std::size_t index, std::vector<float>& scratch,
                              std::span<std::byte> out) const {
    const std::size_t first_row = index * kRowsPerBlock;
    const RowBlock rows{
        tensor_.data.data() + first_row * row_bytes_, row_bytes_,
        std::min<std::size_t>(kRowsPerBlock, tensor_.rows() - first_row),
        static_cast<std::size_t>(tensor_.cols())};
    // Padding, and the rows that a last block lacks, are zero.
    std::memset(out.data(), 0, out.size());
    if (is_exact()) {
      return source_.pack_exact(rows, layout_, out.data())
                 ? EncodeOutcome::kOk
                 : EncodeOutcome::kNotFinite;
    }
    for (std::size_t row = 0; row < rows.rows; ++row) {
      source_.decode_row(rows.row(row), rows.cols,
                         scratch.data() + row * rows.cols);
    }
    std::fill(
        scratch.begin() + static_cast<std::ptrdiff_t>(rows.rows * rows.cols),
        scratch.end(), 0.0F);
    return encode_(scratch, rows.cols, layout_, out.data());
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

Result<MatrixPlan> plan_matrix(const SourceTensor& tensor, MatrixRole role,
                               Quantization quantization) {
  const Result<const RowSource*> source = source_of(tensor);
  if (!source.ok()) return source.status();
  MatrixPlan plan;
  plan.tensor = &tensor;
  plan.format = choose_format(**source, tensor.cols(), role, quantization);
  const auto bytes = kernels::weight_bytes(
      static_cast<std::int64_t>(plan.format), tensor.rows(), tensor.cols());
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
