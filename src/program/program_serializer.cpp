#include "program/program_serializer.h"

#include <flatbuffers/flatbuffers.h>
#include <program_generated.h>

#include <cstring>
#include <numeric>
#include <span>

namespace etllm::program {
namespace {

namespace fb = executorch_flatbuffer;
using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

// The extended header follows the root offset and the file identifier.
constexpr std::size_t kHeaderOffset = 8;
constexpr std::uint32_t kHeaderBytes = 32;
// Models have some thousand values; this leaves room below the 2 GiB at which
// a flatbuffer ends, where its builder would stop the process.
constexpr std::size_t kMaxFlatbufferBytes = std::size_t{1} << 30;
constexpr std::size_t kBytesPerEntry = 128;

Offset<fb::AllocationDetails> write_allocation(
    FlatBufferBuilder& builder, const PlannedAllocation& allocation) {
  return fb::CreateAllocationDetails(
      builder, allocation.memory_id,
      static_cast<std::uint32_t>(allocation.offset),
      static_cast<std::uint32_t>(allocation.offset >> 32));
}

Offset<fb::Tensor> write_tensor(
    FlatBufferBuilder& builder, const TensorValue& tensor,
    const std::optional<PlannedAllocation>& allocation) {
  std::vector<std::uint8_t> dim_order(tensor.spec.sizes.size());
  std::iota(dim_order.begin(), dim_order.end(), std::uint8_t{0});
  Offset<fb::ExtraTensorInfo> extra;
  if (!tensor.spec.name.empty()) {
    extra =
        fb::CreateExtraTensorInfoDirect(builder, 0, tensor.spec.name.c_str());
  }
  Offset<fb::AllocationDetails> details;
  if (allocation) details = write_allocation(builder, *allocation);
  // Index 0 means that the program holds no data for the tensor.
  const std::uint32_t data_index =
      tensor.role == TensorRole::kConstant ? tensor.constant + 1 : 0;
  return fb::CreateTensorDirect(
      builder, static_cast<fb::ScalarType>(tensor.spec.dtype),
      /*storage_offset=*/0, &tensor.spec.sizes, &dim_order,
      /*requires_grad=*/false, data_index, details, /*layout=*/0,
      tensor.spec.is_dynamic ? fb::TensorShapeDynamism::DYNAMIC_BOUND
                             : fb::TensorShapeDynamism::STATIC,
      extra);
}

/// Writes one value; the overloads are the alternatives of MethodValue.
struct ValueWriter {
  FlatBufferBuilder& builder;
  const std::optional<PlannedAllocation>& allocation;

  Offset<fb::EValue> operator()(std::monostate) const {
    return wrap(fb::KernelTypes::Null, fb::CreateNull(builder));
  }
  Offset<fb::EValue> operator()(std::int64_t value) const {
    return wrap(fb::KernelTypes::Int, fb::CreateInt(builder, value));
  }
  Offset<fb::EValue> operator()(double value) const {
    return wrap(fb::KernelTypes::Double, fb::CreateDouble(builder, value));
  }
  Offset<fb::EValue> operator()(bool value) const {
    return wrap(fb::KernelTypes::Bool, fb::CreateBool(builder, value));
  }
  Offset<fb::EValue> operator()(const TensorValue& tensor) const {
    return wrap(fb::KernelTypes::Tensor,
                write_tensor(builder, tensor, allocation));
  }

 private:
  template <class Table>
  Offset<fb::EValue> wrap(fb::KernelTypes type, Offset<Table> value) const {
    return fb::CreateEValue(builder, type, value.Union());
  }
};

Offset<fb::Chain> write_chain(FlatBufferBuilder& builder,
                              const MethodModel& method) {
  std::vector<Offset<fb::Instruction>> instructions;
  instructions.reserve(method.calls.size());
  for (const OperatorCall& call : method.calls) {
    const auto arguments = fb::CreateKernelCallDirect(
        builder, static_cast<std::int32_t>(call.operator_index), &call.args);
    instructions.push_back(fb::CreateInstruction(
        builder, fb::InstructionArguments::KernelCall, arguments.Union()));
  }
  return fb::CreateChainDirect(builder, &method.inputs, &method.outputs,
                               &instructions);
}

Offset<fb::ExecutionPlan> write_method(FlatBufferBuilder& builder,
                                       const MethodModel& method,
                                       const MethodMemory& memory) {
  std::vector<Offset<fb::EValue>> values;
  values.reserve(method.values.size());
  for (std::size_t id = 0; id < method.values.size(); ++id) {
    values.push_back(std::visit(ValueWriter{builder, memory.allocations[id]},
                                method.values[id]));
  }
  std::vector<Offset<fb::Operator>> operators;
  for (const OperatorName& op : method.operators) {
    operators.push_back(fb::CreateOperatorDirect(builder, op.name.c_str(),
                                                 op.overload.c_str()));
  }
  const std::vector<Offset<fb::Chain>> chains = {write_chain(builder, method)};
  const std::vector<Offset<fb::BackendDelegate>> delegates;
  // Memory id 0 is the runtime's.
  std::vector<std::int64_t> buffers = {
      0, static_cast<std::int64_t>(memory.activation_bytes)};
  if (memory.mutable_buffer_bytes > 0) {
    buffers.push_back(static_cast<std::int64_t>(memory.mutable_buffer_bytes));
  }
  const auto container = fb::CreateContainerMetadataDirect(builder, "", "");
  return fb::CreateExecutionPlanDirect(
      builder, method.name.c_str(), container, &values, &method.inputs,
      &method.outputs, &chains, &operators, &delegates, &buffers);
}

Offset<fb::SubsegmentOffsets> write_constant_offsets(
    FlatBufferBuilder& builder, const ProgramLayout& layout) {
  // The first entry is reserved for tensors without data.
  std::vector<std::uint64_t> offsets = {0};
  offsets.insert(offsets.end(), layout.constant_offsets.begin(),
                 layout.constant_offsets.end());
  return fb::CreateSubsegmentOffsetsDirect(builder, 0, &offsets);
}

Offset<fb::Program> write_program(FlatBufferBuilder& builder,
                                  const ProgramModel& program,
                                  const std::vector<MethodMemory>& memory,
                                  const ProgramLayout& layout) {
  std::vector<Offset<fb::ExecutionPlan>> methods;
  for (std::size_t i = 0; i < program.methods.size(); ++i) {
    methods.push_back(write_method(builder, program.methods[i], memory[i]));
  }
  std::vector<Offset<fb::DataSegment>> segments;
  for (const Segment& segment : layout.segments) {
    segments.push_back(
        fb::CreateDataSegment(builder, segment.offset, segment.size_bytes));
  }
  std::vector<Offset<fb::NamedData>> named_data;
  auto segment_index =
      static_cast<std::uint32_t>(program.constants.empty() ? 0 : 1);
  for (const NamedBlob& blob : program.named_data) {
    named_data.push_back(
        fb::CreateNamedDataDirect(builder, blob.key.c_str(), segment_index++));
  }
  const std::vector<Offset<fb::Buffer>> constant_buffer;
  const std::vector<Offset<fb::BackendDelegateInlineData>> delegate_data;
  const std::vector<Offset<fb::SubsegmentOffsets>> mutable_segments;
  return fb::CreateProgramDirect(builder, /*version=*/0, &methods,
                                 &constant_buffer, &delegate_data, &segments,
                                 write_constant_offsets(builder, layout),
                                 &mutable_segments, &named_data);
}

/// A rough number of table entries, for the bound on the size.
std::size_t count_entries(const ProgramModel& program) {
  std::size_t count = program.constants.size() + program.named_data.size();
  for (const MethodModel& method : program.methods) {
    count += method.values.size() + method.operators.size() + 16;
    for (const OperatorCall& call : method.calls) count += 1 + call.args.size();
  }
  return count;
}

template <class T>
void put(std::span<std::byte> bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof(value));
}

}  // namespace

Result<SerializedProgram> serialize_program(
    const ProgramModel& program, const std::vector<MethodMemory>& memory,
    const ProgramLayout& layout) {
  if (count_entries(program) > kMaxFlatbufferBytes / kBytesPerEntry) {
    return invalid_argument("the program has too many values for a file");
  }
  FlatBufferBuilder builder;
  const auto root = write_program(builder, program, memory, layout);
  builder.Finish(root, fb::ProgramIdentifier());

  const std::span<const std::byte> flatbuffer(
      reinterpret_cast<const std::byte*>(builder.GetBufferPointer()),
      builder.GetSize());
  SerializedProgram result;
  auto& bytes = result.bytes;
  bytes.assign(flatbuffer.begin(), flatbuffer.end());
  bytes.insert(bytes.begin() + kHeaderOffset, kHeaderBytes, std::byte{0});
  std::uint32_t root_offset = 0;
  std::memcpy(&root_offset, bytes.data(), sizeof(root_offset));
  put(bytes, 0, root_offset + kHeaderBytes);

  const std::uint64_t program_bytes = bytes.size();
  result.segment_base = (program_bytes + kSegmentAlignment - 1) /
                        kSegmentAlignment * kSegmentAlignment;
  std::memcpy(bytes.data() + kHeaderOffset, "eh00", 4);
  put(bytes, kHeaderOffset + 4, kHeaderBytes);
  put(bytes, kHeaderOffset + 8, program_bytes);
  put(bytes, kHeaderOffset + 16, result.segment_base);
  put(bytes, kHeaderOffset + 24, layout.data_bytes);
  return result;
}

}  // namespace etllm::program
