#include "program/program_summary.h"

#include <map>
#include <span>

#include "base/mapped_file.h"
#include "program/program_check.h"
#include "program/program_file.h"
#include "program/scalar_types.h"

namespace etllm::program {
namespace {

namespace fb = executorch_flatbuffer;

std::string text_of(const flatbuffers::String* text) {
  return text == nullptr ? std::string() : text->str();
}

TensorSummary summarize_tensor(const fb::Tensor& tensor) {
  TensorSummary summary;
  if (const fb::ExtraTensorInfo* extra = tensor.extra_tensor_info()) {
    summary.name = text_of(extra->fully_qualified_name());
  }
  const ScalarTypeTraits& type =
      *find_scalar_type(static_cast<std::int8_t>(tensor.scalar_type()));
  summary.type = type.name;
  summary.sizes.assign(tensor.sizes()->begin(), tensor.sizes()->end());
  summary.is_dynamic =
      tensor.shape_dynamism() != fb::TensorShapeDynamism::STATIC;
  summary.size_bytes = dense_tensor_bytes(type, summary.sizes).value();
  return summary;
}

std::string value_text(const fb::EValue& value) {
  switch (value.val_type()) {
    case fb::KernelTypes::Int:
      return std::to_string(value.val_as_Int()->int_val());
    case fb::KernelTypes::Bool:
      return value.val_as_Bool()->bool_val() ? "true" : "false";
    case fb::KernelTypes::Double:
      return std::to_string(value.val_as_Double()->double_val());
    case fb::KernelTypes::String:
      return "\"" + text_of(value.val_as_String()->string_val()) + "\"";
    case fb::KernelTypes::Tensor:
      return summarize_tensor(*value.val_as_Tensor()).shape_text();
    default:
      return "null";
  }
}

const fb::EValue& value_at(const fb::ExecutionPlan& method,
                           std::int32_t index) {
  return *method.values()->Get(static_cast<flatbuffers::uoffset_t>(index));
}

ConstantMethodSummary summarize_constant(const fb::ExecutionPlan& method) {
  ConstantMethodSummary summary{method.name()->str(), ""};
  const auto& outputs = *method.outputs();
  for (const std::int32_t index : outputs) {
    summary.value += (summary.value.empty() ? "" : ", ") +
                     value_text(value_at(method, index));
  }
  if (outputs.size() != 1) summary.value = "[" + summary.value + "]";
  return summary;
}

std::vector<CountedName> in_order(
    const std::map<std::string, std::uint32_t>& counts) {
  std::vector<CountedName> names;
  names.reserve(counts.size());
  for (const auto& [name, count] : counts) names.push_back({name, count});
  return names;
}

std::string operator_name(const fb::ExecutionPlan& method,
                          const fb::KernelCall& call) {
  const fb::Operator& op = *method.operators()->Get(
      static_cast<flatbuffers::uoffset_t>(call.op_index()));
  const std::string overload = text_of(op.overload());
  return op.name()->str() + (overload.empty() ? "" : "." + overload);
}

std::string delegate_name(const fb::ExecutionPlan& method,
                          const fb::DelegateCall& call) {
  return method.delegates()
      ->Get(static_cast<flatbuffers::uoffset_t>(call.delegate_index()))
      ->id()
      ->str();
}

void count_instructions(const fb::ExecutionPlan& method,
                        MethodSummary& summary) {
  std::map<std::string, std::uint32_t> operators;
  std::map<std::string, std::uint32_t> delegates;
  for (const fb::Chain* chain : *method.chains()) {
    std::vector<std::string>& names = summary.chains.emplace_back();
    for (const fb::Instruction* instruction : *chain->instructions()) {
      ++summary.instructions;
      if (const auto* call = instruction->instr_args_as_KernelCall()) {
        names.push_back(operator_name(method, *call));
        ++operators[names.back()];
      } else if (const auto* use = instruction->instr_args_as_DelegateCall()) {
        names.push_back(delegate_name(method, *use));
        ++delegates[names.back()];
      } else if (instruction->instr_args_as_MoveCall() != nullptr) {
        names.emplace_back("move");
      } else if (instruction->instr_args_as_JumpFalseCall() != nullptr) {
        names.emplace_back("jump");
      } else {
        names.emplace_back("free");
      }
    }
  }
  summary.operators = in_order(operators);
  summary.delegates = in_order(delegates);
}

bool is_constant(const fb::Tensor& tensor) {
  return tensor.allocation_info() == nullptr && tensor.data_buffer_idx() != 0;
}

/// Formats by the index of the weight. The operators of imported programs take
/// one or more weights, which are bytes, and then the format of each.
void note_weight_formats(const fb::ExecutionPlan& method,
                         const fb::KernelCall& call,
                         std::map<std::int32_t, std::int64_t>& formats) {
  std::vector<std::int32_t> weights;
  std::size_t num_formats = 0;
  for (const std::int32_t index : *call.args()) {
    const fb::EValue& value = value_at(method, index);
    const fb::Tensor* tensor = value.val_as_Tensor();
    if (tensor != nullptr && is_constant(*tensor) &&
        tensor->scalar_type() == fb::ScalarType::BYTE) {
      weights.push_back(index);
    } else if (value.val_as_Int() != nullptr && num_formats < weights.size()) {
      formats[weights[num_formats++]] = value.val_as_Int()->int_val();
    }
  }
}

std::map<std::int32_t, std::int64_t> weight_formats(
    const fb::ExecutionPlan& method) {
  std::map<std::int32_t, std::int64_t> formats;
  for (const fb::Chain* chain : *method.chains()) {
    for (const fb::Instruction* instruction : *chain->instructions()) {
      const auto* call = instruction->instr_args_as_KernelCall();
      if (call == nullptr) continue;
      if (operator_name(method, *call).starts_with("etllm::")) {
        note_weight_formats(method, *call, formats);
      }
    }
  }
  return formats;
}

/// Tensors that the file holds data for, or that keep state.
void sort_tensors(const fb::ExecutionPlan& method, MethodSummary& summary) {
  const auto formats = weight_formats(method);
  std::int32_t index = -1;
  for (const fb::EValue* value : *method.values()) {
    ++index;
    const fb::Tensor* tensor = value->val_as_Tensor();
    if (tensor == nullptr) continue;
    const fb::AllocationDetails* place = tensor->allocation_info();
    if (is_constant(*tensor)) {
      summary.constants.push_back(summarize_tensor(*tensor));
      const auto format = formats.find(index);
      if (format != formats.end()) {
        summary.constants.back().weight_format = format->second;
      }
    } else if (place != nullptr && place->memory_id() > 1) {
      summary.mutable_buffers.push_back(summarize_tensor(*tensor));
    }
  }
}

std::vector<TensorSummary> summarize_tensors(
    const fb::ExecutionPlan& method,
    const flatbuffers::Vector<std::int32_t>& indices) {
  std::vector<TensorSummary> tensors;
  for (const std::int32_t index : indices) {
    const fb::EValue& value = value_at(method, index);
    if (const fb::Tensor* tensor = value.val_as_Tensor()) {
      tensors.push_back(summarize_tensor(*tensor));
    } else {
      tensors.emplace_back().type = value_text(value);
    }
  }
  return tensors;
}

MethodSummary summarize_method(const fb::ExecutionPlan& method) {
  MethodSummary summary;
  summary.name = method.name()->str();
  summary.inputs = summarize_tensors(method, *method.inputs());
  summary.outputs = summarize_tensors(method, *method.outputs());
  const auto& buffers = *method.non_const_buffer_sizes();
  // The first entry is reserved.
  for (flatbuffers::uoffset_t i = 1; i < buffers.size(); ++i) {
    summary.planned_bytes.push_back(static_cast<std::uint64_t>(buffers.Get(i)));
  }
  count_instructions(method, summary);
  sort_tensors(method, summary);
  return summary;
}

}  // namespace

std::string TensorSummary::shape_text() const {
  std::string text = type;
  if (sizes.empty()) return text;
  text += '[';
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const bool is_bound = is_dynamic && sizes[i] > 1;
    text += (i == 0 ? "" : ", ") + std::string(is_bound ? "<=" : "") +
            std::to_string(sizes[i]);
  }
  return text + ']';
}

Result<ProgramSummary> summarize_program(const std::string& path) {
  const Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped.ok()) return mapped.status();
  const Status checked = check_program(mapped->bytes(), path);
  if (!checked.ok()) return checked;
  const Result<ProgramFile> file = open_program(mapped->bytes(), path);
  if (!file.ok()) return file.status();

  ProgramSummary summary;
  summary.file_bytes = mapped->bytes().size();
  summary.program_bytes = summary.file_bytes - file->segment_data.size();
  for (const fb::ExecutionPlan* method : *file->program->execution_plan()) {
    MethodSummary method_summary = summarize_method(*method);
    if (method_summary.instructions == 0) {
      summary.constant_methods.push_back(summarize_constant(*method));
    } else {
      summary.methods.push_back(std::move(method_summary));
    }
  }
  if (const auto* entries = file->program->named_data()) {
    for (const fb::NamedData* entry : *entries) {
      summary.named_data.push_back(
          {entry->key()->str(),
           file->program->segments()->Get(entry->segment_index())->size()});
    }
  }
  return summary;
}

}  // namespace etllm::program
