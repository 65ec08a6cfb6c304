#include "program/instruction_check.h"

#include "program/call_effects.h"
#include "program/method_flow.h"
#include "program/tensor_check.h"
#include "program/value_check.h"
#include "program/value_kinds.h"

namespace etllm::program {
namespace {

namespace fb = executorch_flatbuffer;

using Arguments = flatbuffers::Vector<std::int32_t>;

bool values_exist(const MethodView& method, const Arguments* values) {
  if (values == nullptr) return false;
  for (const std::int32_t index : *values) {
    if (!method.has_value(index)) return false;
  }
  return true;
}

bool exists_in(std::int32_t index, std::size_t count) {
  return index >= 0 && static_cast<std::size_t>(index) < count;
}

/// Whether what the instruction names exists.
bool names_exist(const MethodView& method, const fb::Instruction& instruction,
                 std::size_t count) {
  switch (instruction.instr_args_type()) {
    case fb::InstructionArguments::KernelCall: {
      const auto& call = *instruction.instr_args_as_KernelCall();
      return exists_in(call.op_index(), method.plan.operators()->size()) &&
             values_exist(method, call.args());
    }
    case fb::InstructionArguments::DelegateCall: {
      const auto& call = *instruction.instr_args_as_DelegateCall();
      return exists_in(call.delegate_index(),
                       method.plan.delegates()->size()) &&
             values_exist(method, call.args());
    }
    case fb::InstructionArguments::MoveCall: {
      const auto& call = *instruction.instr_args_as_MoveCall();
      return method.has_value(call.move_from()) &&
             method.has_value(call.move_to());
    }
    case fb::InstructionArguments::JumpFalseCall: {
      const auto& call = *instruction.instr_args_as_JumpFalseCall();
      return method.has_value(call.cond_value_index()) &&
             exists_in(call.destination_instruction(), count + 1);
    }
    default:
      // The exporter frees only tensors without a bound, which do not load.
      return false;
  }
}

std::size_t argument_count(const fb::Instruction& instruction) {
  if (const auto* call = instruction.instr_args_as_KernelCall()) {
    return size_of(call->args());
  }
  if (const auto* call = instruction.instr_args_as_DelegateCall()) {
    return size_of(call->args());
  }
  return 0;
}

std::string find_name_defect(const MethodView& method, WorkBudget& budget) {
  for (const fb::Chain* chain : *method.plan.chains()) {
    if (chain == nullptr || chain->instructions() == nullptr) {
      return "lacks instructions";
    }
    const std::size_t count = chain->instructions()->size();
    for (const fb::Instruction* instruction : *chain->instructions()) {
      if (instruction == nullptr || instruction->instr_args() == nullptr) {
        return "has an empty instruction";
      }
      if (!budget.spend(1 + argument_count(*instruction))) {
        return "is too large";
      }
      if (!names_exist(method, *instruction, count)) {
        return "has an instruction that names what does not exist";
      }
    }
  }
  return {};
}

bool is_same_kind_of_tensor(const fb::EValue& a, const fb::EValue& b) {
  const fb::Tensor* first = a.val_as_Tensor();
  const fb::Tensor* second = b.val_as_Tensor();
  return first != nullptr && second != nullptr &&
         first->scalar_type() == second->scalar_type() &&
         first->sizes()->size() == second->sizes()->size();
}

std::vector<ValueFacts> facts_of_values(const MethodView& method,
                                        const ValueKinds& kinds) {
  std::vector<ValueFacts> facts(method.value_count());
  for (const std::int32_t index : *method.plan.inputs()) {
    facts[static_cast<std::size_t>(index)].is_input = true;
  }
  for (std::size_t i = 0; i < facts.size(); ++i) {
    facts[i].is_empty = kinds.is_placeholder[i];
    const auto* tensor =
        method.value(static_cast<std::int64_t>(i)).val_as_Tensor();
    if (tensor == nullptr) continue;
    const bool is_dynamic =
        tensor->shape_dynamism() != fb::TensorShapeDynamism::STATIC;
    const bool is_callers = facts[i].is_input && lacks_memory(*tensor);
    facts[i].is_read_only = is_constant(*tensor) || (is_callers && is_dynamic);
    facts[i].is_empty = facts[i].is_empty || lacks_memory(*tensor);
  }
  return facts;
}

/// Turns instructions into what they do with values, and checks the kinds of
/// their arguments on the way.
class FlowBuilder {
 public:
  FlowBuilder(const MethodView& method,
              const std::vector<const OperatorSignature*>& operators,
              const ValueKinds& kinds, WorkBudget& budget)
      : method_(method), operators_(operators), kinds_(kinds), budget_(budget) {
    flow_.values = facts_of_values(method, kinds);
    for (const std::int32_t index : *method.plan.outputs()) {
      flow_.outputs.push_back(static_cast<std::uint32_t>(index));
    }
  }

  std::string find_defect() {
    for (const ValueFacts& facts : flow_.values) {
      if (facts.is_input && facts.is_read_only && !facts.is_empty) {
        return "has an input that is a constant";
      }
    }
    for (const fb::Chain* chain : *method_.plan.chains()) {
      const std::size_t begin = flow_.steps.size();
      for (const fb::Instruction* instruction : *chain->instructions()) {
        std::string defect = add(*instruction, begin);
        if (!defect.empty()) return defect;
      }
    }
    return find_flow_defect(flow_, budget_);
  }

 private:
  std::string add(const fb::Instruction& instruction, std::size_t chain_begin) {
    CallEffects effects(method_, kinds_, flow_, budget_);
    std::string defect;
    Step step;
    if (const auto* call = instruction.instr_args_as_KernelCall()) {
      const auto index = static_cast<std::size_t>(call->op_index());
      defect = effects.add_call(*call->args(), operators_[index]);
    } else if (const auto* use = instruction.instr_args_as_DelegateCall()) {
      defect = effects.add_delegate(*use->args());
    } else if (const auto* move = instruction.instr_args_as_MoveCall()) {
      defect = add_move(*move, effects);
    } else if (const auto* jump = instruction.instr_args_as_JumpFalseCall()) {
      effects.read(jump->cond_value_index());
      step.jump = static_cast<std::uint32_t>(
          chain_begin +
          static_cast<std::size_t>(jump->destination_instruction()));
    }
    step.effects_end = static_cast<std::uint32_t>(flow_.effects.size());
    flow_.steps.push_back(step);
    return defect;
  }

  std::string add_move(const fb::MoveCall& move, CallEffects& effects) const {
    const fb::EValue& from = method_.value(move.move_from());
    const fb::EValue& to = method_.value(move.move_to());
    const bool are_numbers = are_all(kind_of(from) | kind_of(to), kNumberKinds);
    if (!are_numbers && !is_same_kind_of_tensor(from, to)) {
      return "moves a value to one of another kind";
    }
    effects.read(move.move_from());
    effects.assign(move.move_to(), move.move_from());
    return {};
  }

  const MethodView& method_;
  const std::vector<const OperatorSignature*>& operators_;
  const ValueKinds& kinds_;
  WorkBudget& budget_;
  MethodFlow flow_;
};

}  // namespace

std::string find_instruction_defect(
    const MethodView& method,
    const std::vector<const OperatorSignature*>& operators,
    WorkBudget& budget) {
  if (!values_exist(method, method.plan.inputs()) ||
      !values_exist(method, method.plan.outputs())) {
    return "names an input or output that does not exist";
  }
  std::string defect = find_name_defect(method, budget);
  if (!defect.empty()) return defect;
  const auto kinds = infer_value_kinds(method, operators, budget);
  if (!kinds) return "is too complicated";
  return FlowBuilder(method, operators, *kinds, budget).find_defect();
}

}  // namespace etllm::program
