#include "program/method_check.h"

#include <vector>

#include "program/checked_math.h"
#include "program/instruction_check.h"
#include "program/method_view.h"
#include "program/operator_signatures.h"
#include "program/value_check.h"

namespace etllm::program {
namespace {

namespace fb = executorch_flatbuffer;

// The runtime joins operator and overload in a buffer of 100 bytes.
constexpr std::size_t kMaxOperatorName = 98;

// Beyond the memory of any machine, and beyond what a constant needs.
constexpr std::uint64_t kMaxPlannedBytes = std::uint64_t{1} << 46;
constexpr std::uint64_t kMaxConstantMethodBytes = std::uint64_t{1} << 24;

bool has_tables(const fb::ExecutionPlan& plan) {
  return plan.values() != nullptr && plan.inputs() != nullptr &&
         plan.outputs() != nullptr && plan.chains() != nullptr &&
         plan.operators() != nullptr && plan.delegates() != nullptr &&
         plan.non_const_buffer_sizes() != nullptr;
}

std::string find_memory_defect(const fb::ExecutionPlan& plan) {
  std::size_t instructions = 0;
  for (const fb::Chain* chain : *plan.chains()) {
    instructions += chain == nullptr ? 0 : size_of(chain->instructions());
  }
  // A method that computes nothing is run to read what it returns.
  const std::uint64_t limit =
      instructions == 0 ? kMaxConstantMethodBytes : kMaxPlannedBytes;
  std::uint64_t total = 0;
  for (const std::int64_t size : *plan.non_const_buffer_sizes()) {
    const auto bytes = static_cast<std::uint64_t>(size);
    if (size < 0 || !fits_within(total, bytes, limit)) {
      return "plans buffers of impossible size";
    }
    total += bytes;
  }
  return {};
}

std::string find_operator_defect(const fb::ExecutionPlan& plan) {
  for (const fb::Operator* op : *plan.operators()) {
    // The runtime prints the overload when a call fails.
    if (op == nullptr || op->name() == nullptr || op->overload() == nullptr ||
        op->name()->size() + op->overload()->size() > kMaxOperatorName) {
      return "calls an operator without a name";
    }
  }
  return {};
}

/// The signatures of the method's operators, null where nothing is known.
std::vector<const OperatorSignature*> signatures_of(
    const fb::ExecutionPlan& plan) {
  std::vector<const OperatorSignature*> signatures;
  for (const fb::Operator* op : *plan.operators()) {
    // C strings, as the runtime reads them.
    std::string name = op->name()->c_str();
    const std::string overload = op->overload()->c_str();
    if (op->overload()->size() > 0) name += "." + overload;
    signatures.push_back(find_operator_signature(name));
  }
  return signatures;
}

bool has_data(const fb::Program& program,
              const fb::BackendDelegateDataReference& data) {
  if (data.location() == fb::DataLocation::SEGMENT) {
    return data.index() < size_of(program.segments());
  }
  const auto* items = program.backend_delegate_data();
  return data.index() < size_of(items) && items->Get(data.index()) != nullptr &&
         items->Get(data.index())->data() != nullptr;
}

std::string find_delegate_defect(const MethodView& method, WorkBudget& budget) {
  for (const fb::BackendDelegate* delegate : *method.plan.delegates()) {
    if (delegate == nullptr || delegate->id() == nullptr ||
        delegate->processed() == nullptr ||
        delegate->compile_specs() == nullptr ||
        !has_data(method.program(), *delegate->processed())) {
      return "has a delegate without a name or data";
    }
    if (!budget.spend(1 + delegate->compile_specs()->size())) {
      return "is too large";
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

}  // namespace

std::string find_method_defect(const ProgramFile& file,
                               const fb::ExecutionPlan& plan,
                               WorkBudget& budget) {
  if (!has_tables(plan)) return "lacks a table";
  if (plan.chains()->size() == 0) return "has no instructions";
  if (!budget.spend(std::uint64_t{plan.chains()->size()} +
                    plan.inputs()->size() + plan.outputs()->size() +
                    plan.operators()->size() +
                    plan.non_const_buffer_sizes()->size())) {
    return "is too large";
  }
  const MethodView method{file, plan};
  std::string defect = find_memory_defect(plan);
  if (defect.empty()) defect = find_operator_defect(plan);
  if (defect.empty()) defect = find_delegate_defect(method, budget);
  if (defect.empty()) defect = find_value_defect(method, budget);
  if (defect.empty()) {
    defect = find_instruction_defect(method, signatures_of(plan), budget);
  }
  return defect;
}

}  // namespace etllm::program
