#include "program/method_check.h"

#include <limits>
#include <vector>

#include "program/checked_math.h"
#include "program/scalar_types.h"

namespace etllm::program {
namespace {

namespace fb = executorch_flatbuffer;

template <class T>
using Vector = flatbuffers::Vector<T>;

// Limits of the runtime.
constexpr std::size_t kMaxDimensions = 16;
constexpr std::size_t kMaxOperatorName = 98;

// Beyond the memory of any machine, and beyond what a constant needs.
constexpr std::int64_t kMaxPlannedBytes = std::int64_t{1} << 46;
constexpr std::int64_t kMaxConstantMethodBytes = std::int64_t{1} << 24;

template <class Container>
std::size_t size_of(const Container* container) {
  return container == nullptr ? 0 : container->size();
}

/// Follows every number of one method to its end.
class MethodCheck {
 public:
  MethodCheck(const ProgramFile& file, const fb::ExecutionPlan& method)
      : program_(*file.program), method_(method) {}

  std::string find_defect() const {
    if (method_.values() == nullptr || method_.chains() == nullptr ||
        method_.operators() == nullptr || method_.delegates() == nullptr ||
        method_.inputs() == nullptr || method_.outputs() == nullptr ||
        method_.non_const_buffer_sizes() == nullptr) {
      return "lacks a table";
    }
    if (method_.chains()->size() == 0) return "has no instructions";
    std::string plan_defect = find_plan_defect();
    if (!plan_defect.empty()) return plan_defect;
    if (!indices_exist(method_.inputs()) || !indices_exist(method_.outputs())) {
      return "names an input or output that does not exist";
    }
    for (const fb::EValue* value : *method_.values()) {
      std::string defect = find_value_defect(value);
      if (!defect.empty()) return defect;
    }
    std::string defect = find_operator_defect();
    if (defect.empty()) defect = find_delegate_defect();
    if (defect.empty()) defect = find_instruction_defect();
    return defect;
  }

 private:
  std::string find_plan_defect() const {
    std::size_t instructions = 0;
    for (const fb::Chain* chain : *method_.chains()) {
      instructions += chain == nullptr ? 0 : size_of(chain->instructions());
    }
    // A method that computes nothing is run to read what it returns.
    const std::int64_t limit =
        instructions == 0 ? kMaxConstantMethodBytes : kMaxPlannedBytes;
    for (const std::int64_t size : *method_.non_const_buffer_sizes()) {
      if (size < 0 || size > limit) return "plans a buffer of impossible size";
    }
    return {};
  }

  bool index_exists(std::int64_t index) const {
    return index >= 0 &&
           index < static_cast<std::int64_t>(method_.values()->size());
  }

  bool indices_exist(const Vector<std::int32_t>* indices) const {
    if (indices == nullptr) return false;
    for (const std::int32_t index : *indices) {
      if (!index_exists(index)) return false;
    }
    return true;
  }

  fb::KernelTypes type_of(std::int64_t index) const {
    const fb::EValue* value =
        method_.values()->Get(static_cast<flatbuffers::uoffset_t>(index));
    return value == nullptr ? fb::KernelTypes::NONE : value->val_type();
  }

  std::string find_value_defect(const fb::EValue* value) const {
    if (value == nullptr) return "has a value that is missing";
    const bool is_null = value->val_type() == fb::KernelTypes::Null;
    if (value->val() == nullptr && !is_null) return "has an empty value";
    switch (value->val_type()) {
      case fb::KernelTypes::Null:
      case fb::KernelTypes::Int:
      case fb::KernelTypes::Bool:
      case fb::KernelTypes::Double:
        return {};
      case fb::KernelTypes::Tensor:
        return find_tensor_defect(*value->val_as_Tensor());
      case fb::KernelTypes::String:
        return value->val_as_String()->string_val() != nullptr
                   ? ""
                   : "has a text that is missing";
      case fb::KernelTypes::IntList:
        return find_int_list_defect(value->val_as_IntList()->items());
      case fb::KernelTypes::DoubleList:
        return value->val_as_DoubleList()->items() != nullptr
                   ? ""
                   : "has a list that is missing";
      case fb::KernelTypes::BoolList:
        return value->val_as_BoolList()->items() != nullptr
                   ? ""
                   : "has a list that is missing";
      case fb::KernelTypes::TensorList:
        return find_tensor_list_defect(value->val_as_TensorList()->items(),
                                       false);
      case fb::KernelTypes::OptionalTensorList:
        return find_tensor_list_defect(
            value->val_as_OptionalTensorList()->items(), true);
      default:
        return "has a value of unknown kind";
    }
  }

  std::string find_int_list_defect(const Vector<std::int64_t>* items) const {
    if (items == nullptr) return "has a list that is missing";
    for (const std::int64_t index : *items) {
      if (!index_exists(index) || type_of(index) != fb::KernelTypes::Int) {
        return "has a list of something that is no number";
      }
    }
    return {};
  }

  std::string find_tensor_list_defect(const Vector<std::int32_t>* items,
                                      bool may_lack) const {
    if (items == nullptr) return "has a list that is missing";
    for (const std::int32_t index : *items) {
      if (may_lack && index == -1) continue;
      if (!index_exists(index)) return "has a list of missing tensors";
      const fb::KernelTypes type = type_of(index);
      const bool is_absent = may_lack && type == fb::KernelTypes::Null;
      if (type != fb::KernelTypes::Tensor && !is_absent) {
        return "has a list of something that is no tensor";
      }
    }
    return {};
  }

  std::string find_tensor_defect(const fb::Tensor& tensor) const {
    const std::size_t dimensions = size_of(tensor.sizes());
    if (tensor.sizes() == nullptr || tensor.dim_order() == nullptr ||
        dimensions > kMaxDimensions ||
        size_of(tensor.dim_order()) != dimensions) {
      return "has a tensor with impossible dimensions";
    }
    std::vector<bool> is_used(dimensions);
    for (const std::uint8_t dimension : *tensor.dim_order()) {
      if (dimension >= dimensions || is_used[dimension]) {
        return "has a tensor with an impossible order of dimensions";
      }
      is_used[dimension] = true;
    }
    const ScalarTypeTraits* type =
        find_scalar_type(static_cast<std::int8_t>(tensor.scalar_type()));
    if (type == nullptr) return "has a tensor of unknown type";
    if (tensor.storage_offset() != 0) return "has a tensor with an offset";
    const std::vector<std::int32_t> sizes(tensor.sizes()->begin(),
                                          tensor.sizes()->end());
    const auto bytes = dense_tensor_bytes(*type, sizes);
    if (!bytes) return "has a tensor of impossible size";
    return find_place_defect(tensor, *bytes);
  }

  /// Whether the tensor's memory lies where it may.
  std::string find_place_defect(const fb::Tensor& tensor,
                                std::uint64_t bytes) const {
    if (const fb::AllocationDetails* place = tensor.allocation_info()) {
      const auto* buffers = method_.non_const_buffer_sizes();
      if (place->memory_id() == 0 || place->memory_id() >= buffers->size()) {
        return "places a tensor in a buffer that does not exist";
      }
      const std::uint64_t offset =
          (std::uint64_t{place->memory_offset_high()} << 32) |
          place->memory_offset_low();
      const auto size =
          static_cast<std::uint64_t>(buffers->Get(place->memory_id()));
      if (!fits_within(offset, bytes, size)) {
        return "places a tensor outside of its buffer";
      }
    }
    const fb::ExtraTensorInfo* extra = tensor.extra_tensor_info();
    if (extra != nullptr &&
        extra->location() == fb::TensorDataLocation::EXTERNAL) {
      return extra->fully_qualified_name() != nullptr
                 ? ""
                 : "has an external tensor without a name";
    }
    if (tensor.data_buffer_idx() == 0) return {};
    if (tensor.allocation_info() != nullptr) {
      return find_initial_data_defect(tensor, bytes);
    }
    return find_constant_defect(tensor.data_buffer_idx(), bytes);
  }

  std::string find_initial_data_defect(const fb::Tensor& tensor,
                                       std::uint64_t bytes) const {
    const auto* segments = program_.mutable_data_segments();
    const fb::ExtraTensorInfo* extra = tensor.extra_tensor_info();
    const std::uint64_t index =
        extra == nullptr ? 0 : extra->mutable_data_segments_idx();
    if (index >= size_of(segments)) {
      return "has initial data that do not exist";
    }
    return find_data_defect(
        *segments->Get(static_cast<flatbuffers::uoffset_t>(index)),
        tensor.data_buffer_idx(), bytes);
  }

  std::string find_constant_defect(std::uint32_t index,
                                   std::uint64_t bytes) const {
    const fb::SubsegmentOffsets* segment = program_.constant_segment();
    if (segment != nullptr && size_of(segment->offsets()) > 0) {
      return find_data_defect(*segment, index, bytes);
    }
    const auto* buffers = program_.constant_buffer();
    if (index >= size_of(buffers) || buffers->Get(index) == nullptr ||
        size_of(buffers->Get(index)->storage()) < bytes) {
      return "has a constant that does not exist or is too short";
    }
    return {};
  }

  std::string find_data_defect(const fb::SubsegmentOffsets& segment,
                               std::uint32_t index, std::uint64_t bytes) const {
    const auto* offsets = segment.offsets();
    if (index >= size_of(offsets)) return "has data that do not exist";
    const std::uint64_t size =
        program_.segments()->Get(segment.segment_index())->size();
    if (!fits_within(offsets->Get(index), bytes, size)) {
      return "has a constant that is longer than its data";
    }
    return {};
  }

  std::string find_operator_defect() const {
    for (const fb::Operator* op : *method_.operators()) {
      if (op == nullptr || op->name() == nullptr ||
          size_of(op->name()) + size_of(op->overload()) > kMaxOperatorName) {
        return "calls an operator without a name";
      }
    }
    return {};
  }

  std::string find_delegate_defect() const {
    for (const fb::BackendDelegate* delegate : *method_.delegates()) {
      if (delegate == nullptr || delegate->id() == nullptr ||
          delegate->processed() == nullptr ||
          delegate->compile_specs() == nullptr) {
        return "has a delegate without a name or data";
      }
      const fb::BackendDelegateDataReference& data = *delegate->processed();
      const bool is_segment = data.location() == fb::DataLocation::SEGMENT;
      const std::size_t count = is_segment
                                    ? size_of(program_.segments())
                                    : size_of(program_.backend_delegate_data());
      if (data.index() >= count) return "has a delegate without data";
      if (!is_segment) {
        const auto* item = program_.backend_delegate_data()->Get(data.index());
        if (item == nullptr || item->data() == nullptr) {
          return "has a delegate without data";
        }
      }
      for (const fb::CompileSpec* spec : *delegate->compile_specs()) {
        if (spec == nullptr || spec->key() == nullptr ||
            spec->value() == nullptr) {
          return "has a delegate with a broken setting";
        }
      }
    }
    return {};
  }

  std::string find_instruction_defect() const {
    for (const fb::Chain* chain : *method_.chains()) {
      if (chain == nullptr || chain->instructions() == nullptr) {
        return "lacks instructions";
      }
      for (const fb::Instruction* instruction : *chain->instructions()) {
        if (instruction == nullptr || instruction->instr_args() == nullptr) {
          return "has an empty instruction";
        }
        if (!instruction_holds(*instruction, chain->instructions()->size())) {
          return "has an instruction that names what does not exist";
        }
      }
    }
    return {};
  }

  bool instruction_holds(const fb::Instruction& instruction,
                         std::size_t count) const {
    switch (instruction.instr_args_type()) {
      case fb::InstructionArguments::KernelCall: {
        const auto& call = *instruction.instr_args_as_KernelCall();
        return call.op_index() >= 0 &&
               static_cast<std::size_t>(call.op_index()) <
                   method_.operators()->size() &&
               indices_exist(call.args()) && !writes_constant(*call.args());
      }
      case fb::InstructionArguments::DelegateCall: {
        const auto& call = *instruction.instr_args_as_DelegateCall();
        return call.delegate_index() >= 0 &&
               static_cast<std::size_t>(call.delegate_index()) <
                   method_.delegates()->size() &&
               indices_exist(call.args());
      }
      case fb::InstructionArguments::MoveCall: {
        const auto& call = *instruction.instr_args_as_MoveCall();
        return index_exists(call.move_from()) && index_exists(call.move_to());
      }
      case fb::InstructionArguments::JumpFalseCall: {
        const auto& call = *instruction.instr_args_as_JumpFalseCall();
        return index_exists(call.cond_value_index()) &&
               call.destination_instruction() >= 0 &&
               static_cast<std::size_t>(call.destination_instruction()) <=
                   count;
      }
      case fb::InstructionArguments::FreeCall:
        return index_exists(
            instruction.instr_args_as_FreeCall()->value_index());
      default:
        return false;
    }
  }

  /// Constants are mapped read-only; the last argument is what a call returns.
  bool writes_constant(const Vector<std::int32_t>& args) const {
    if (args.size() == 0) return false;
    const fb::EValue* last = method_.values()->Get(
        static_cast<flatbuffers::uoffset_t>(args.Get(args.size() - 1)));
    const fb::Tensor* tensor = last->val_as_Tensor();
    return tensor != nullptr && tensor->data_buffer_idx() != 0 &&
           tensor->allocation_info() == nullptr;
  }

  const fb::Program& program_;
  const fb::ExecutionPlan& method_;
};

}  // namespace

std::string find_method_defect(const ProgramFile& file,
                               const fb::ExecutionPlan& method) {
  return MethodCheck(file, method).find_defect();
}

}  // namespace etllm::program
