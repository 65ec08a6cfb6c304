#include "program/tensor_check.h"

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include "program/checked_math.h"
#include "program/scalar_types.h"

namespace etllm::program {
namespace {

namespace fb = executorch_flatbuffer;

// Limits of the runtime.
constexpr std::size_t kMaxDimensions = 16;
constexpr std::int64_t kMaxStride = std::numeric_limits<std::int32_t>::max();

std::span<const std::int32_t> sizes_of(const fb::Tensor& tensor) {
  return {tensor.sizes()->data(), tensor.sizes()->size()};
}

bool is_permutation(const flatbuffers::Vector<std::uint8_t>& order) {
  std::uint32_t seen = 0;
  for (const std::uint8_t dimension : order) {
    if (dimension >= order.size()) return false;
    seen |= 1U << dimension;
  }
  return seen == (1U << order.size()) - 1;
}

/// Whether the distance between neighbours fits into the 32 bits that the
/// runtime keeps it in, in every dimension that has neighbours.
bool strides_fit(const fb::Tensor& tensor) {
  const auto sizes = sizes_of(tensor);
  std::int64_t stride = 1;
  for (std::size_t i = sizes.size(); i-- > 0;) {
    const std::int64_t size =
        sizes[tensor.dim_order()->Get(static_cast<flatbuffers::uoffset_t>(i))];
    if (size <= 1) continue;
    if (stride > kMaxStride) return false;
    stride *= size;
  }
  return true;
}

std::string find_shape_defect(const fb::Tensor& tensor) {
  const std::size_t dimensions = size_of(tensor.sizes());
  if (tensor.sizes() == nullptr || tensor.dim_order() == nullptr ||
      dimensions > kMaxDimensions ||
      size_of(tensor.dim_order()) != dimensions) {
    return "has a tensor with impossible dimensions";
  }
  if (!is_permutation(*tensor.dim_order())) {
    return "has a tensor with an impossible order of dimensions";
  }
  const ScalarTypeTraits* type =
      find_scalar_type(static_cast<std::int8_t>(tensor.scalar_type()));
  if (type == nullptr) return "has a tensor of unknown type";
  if (tensor.storage_offset() != 0) return "has a tensor with an offset";
  if (tensor.shape_dynamism() != fb::TensorShapeDynamism::STATIC &&
      tensor.shape_dynamism() != fb::TensorShapeDynamism::DYNAMIC_BOUND) {
    return "has a tensor without a bound on its size";
  }
  const bool fits =
      dense_tensor_bytes(*type, sizes_of(tensor)) && strides_fit(tensor);
  return fits ? "" : "has a tensor of impossible size";
}

/// Finds where the data of one tensor lie. Its shape has been checked.
class PlaceCheck {
 public:
  PlaceCheck(const MethodView& method, const fb::Tensor& tensor)
      : method_(method), tensor_(tensor) {
    const ScalarTypeTraits& type =
        *find_scalar_type(static_cast<std::int8_t>(tensor.scalar_type()));
    bytes_ = dense_tensor_bytes(type, sizes_of(tensor)).value();
    element_bytes_ = type.element_bytes;
  }

  std::string find_defect() const {
    std::string defect = find_planned_defect();
    if (!defect.empty()) return defect;
    const fb::ExtraTensorInfo* extra = tensor_.extra_tensor_info();
    if (extra != nullptr &&
        extra->location() == fb::TensorDataLocation::EXTERNAL) {
      return extra->fully_qualified_name() != nullptr
                 ? ""
                 : "has an external tensor without a name";
    }
    if (tensor_.data_buffer_idx() == 0) return {};
    return tensor_.allocation_info() != nullptr ? find_initial_data_defect()
                                                : find_constant_defect();
  }

 private:
  bool is_aligned(std::uint64_t offset) const {
    return offset % element_bytes_ == 0;
  }

  std::string find_planned_defect() const {
    const fb::AllocationDetails* place = tensor_.allocation_info();
    if (place == nullptr) return {};
    const auto& buffers = *method_.plan.non_const_buffer_sizes();
    if (place->memory_id() == 0 || place->memory_id() >= buffers.size()) {
      return "places a tensor in a buffer that does not exist";
    }
    const std::uint64_t offset =
        (std::uint64_t{place->memory_offset_high()} << 32) |
        place->memory_offset_low();
    const auto size = static_cast<std::uint64_t>(
        buffers.Get(static_cast<flatbuffers::uoffset_t>(place->memory_id())));
    if (!fits_within(offset, bytes_, size)) {
      return "places a tensor outside of its buffer";
    }
    return is_aligned(offset) ? "" : "places a tensor across its elements";
  }

  std::string find_initial_data_defect() const {
    // The runtime knows no other than the first.
    const auto* parts = method_.program().mutable_data_segments();
    if (size_of(parts) == 0) return "has initial data that do not exist";
    return find_data_defect(*parts->Get(0));
  }

  std::string find_constant_defect() const {
    const fb::SubsegmentOffsets* segment = method_.program().constant_segment();
    // A single entry is a placeholder: there is no data in the segment.
    if (segment != nullptr && size_of(segment->offsets()) > 1) {
      return find_data_defect(*segment);
    }
    const auto* buffers = method_.program().constant_buffer();
    const std::uint32_t index = tensor_.data_buffer_idx();
    if (index >= size_of(buffers)) return "has a constant that does not exist";
    const fb::Buffer* buffer = buffers->Get(index);
    if (buffer == nullptr || buffer->storage() == nullptr ||
        buffer->storage()->size() < bytes_) {
      return "has a constant that is too short";
    }
    const auto address =
        reinterpret_cast<std::uintptr_t>(buffer->storage()->data());
    return is_aligned(address) ? "" : "has a constant across its elements";
  }

  std::string find_data_defect(const fb::SubsegmentOffsets& part) const {
    const auto* offsets = part.offsets();
    const std::uint32_t index = tensor_.data_buffer_idx();
    if (index >= size_of(offsets)) return "has data that do not exist";
    const fb::DataSegment& segment =
        *method_.program().segments()->Get(part.segment_index());
    const std::uint64_t offset = offsets->Get(index);
    if (!fits_within(offset, bytes_, segment.size())) {
      return "has a constant that is longer than its data";
    }
    // Both lie in the file, so their sum does not overflow.
    const std::uint64_t begin = segment.offset() + offset;
    const bool is_copied = tensor_.allocation_info() != nullptr;
    if (!is_copied && !is_aligned(method_.file.segment_base + begin)) {
      return "has a constant across its elements";
    }
    return {};
  }

  const MethodView& method_;
  const fb::Tensor& tensor_;
  std::uint64_t bytes_ = 0;
  std::uint64_t element_bytes_ = 0;
};

bool is_external(const fb::Tensor& tensor) {
  const fb::ExtraTensorInfo* extra = tensor.extra_tensor_info();
  return extra != nullptr &&
         extra->location() == fb::TensorDataLocation::EXTERNAL;
}

}  // namespace

std::string find_tensor_defect(const MethodView& method,
                               const fb::Tensor& tensor) {
  std::string defect = find_shape_defect(tensor);
  return defect.empty() ? PlaceCheck(method, tensor).find_defect() : defect;
}

bool is_constant(const fb::Tensor& tensor) {
  return tensor.allocation_info() == nullptr &&
         (tensor.data_buffer_idx() != 0 || is_external(tensor));
}

bool lacks_memory(const fb::Tensor& tensor) {
  const auto sizes = sizes_of(tensor);
  const bool has_elements = std::ranges::find(sizes, 0) == sizes.end();
  return tensor.allocation_info() == nullptr && !is_constant(tensor) &&
         has_elements;
}

}  // namespace etllm::program
