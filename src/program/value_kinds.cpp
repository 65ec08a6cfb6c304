#include "program/value_kinds.h"

#include <cstdint>
#include <utility>

#include "program/value_check.h"

namespace etllm::program {
namespace {

namespace fb = executorch_flatbuffer;

using Arguments = flatbuffers::Vector<std::int32_t>;

/// `target` becomes what `rule` makes of the arguments.
struct Definition {
  std::int32_t target;
  ResultRule rule;
  const Arguments* arguments;  ///< Null for a move,
  std::int32_t source;         ///< which has this source.
};

KindSet element_kind(const fb::EValue& value) {
  const fb::Tensor* tensor = value.val_as_Tensor();
  if (tensor == nullptr) return kNumberKinds;
  switch (tensor->scalar_type()) {
    case fb::ScalarType::HALF:
    case fb::ScalarType::BFLOAT16:
    case fb::ScalarType::FLOAT:
    case fb::ScalarType::DOUBLE:
      return kDoubleKind;
    case fb::ScalarType::BOOL:
      return kBoolKind;
    default:
      return kIntKind;
  }
}

class KindInference {
 public:
  KindInference(const MethodView& method,
                const std::vector<const OperatorSignature*>& operators)
      : method_(method) {
    for (const fb::EValue* value : *method.plan.values()) {
      result_.kinds.push_back(kind_of(*value));
    }
    result_.is_computed.resize(result_.kinds.size());
    result_.is_placeholder.resize(result_.kinds.size());
    collect_definitions(operators);
  }

  /// Grows the sets until they hold whatever the definitions make of them.
  std::optional<ValueKinds> run(WorkBudget& budget) {
    const std::vector<KindSet> declared = result_.kinds;
    for (const Definition& definition : definitions_) {
      result_.kinds[index(definition.target)] = 0;
      result_.is_computed[index(definition.target)] = true;
    }
    bool is_stable = false;
    while (!is_stable) {
      if (!budget.spend(declared.size() + definitions_.size())) {
        return std::nullopt;
      }
      is_stable = !grow() && !seed(declared);
    }
    for (std::size_t i = 0; i < declared.size(); ++i) {
      result_.is_placeholder[i] = (declared[i] & result_.kinds[i]) == 0;
    }
    return std::move(result_);
  }

 private:
  static std::size_t index(std::int32_t value) {
    return static_cast<std::size_t>(value);
  }

  void collect_definitions(
      const std::vector<const OperatorSignature*>& operators) {
    for (const fb::Chain* chain : *method_.plan.chains()) {
      for (const fb::Instruction* instruction : *chain->instructions()) {
        if (const auto* call = instruction->instr_args_as_KernelCall()) {
          add_call(*call, operators[index(call->op_index())]);
        } else if (const auto* move = instruction->instr_args_as_MoveCall()) {
          definitions_.push_back(
              {move->move_to(), ResultRule::kNone, nullptr, move->move_from()});
        }
      }
    }
  }

  void add_call(const fb::KernelCall& call,
                const OperatorSignature* signature) {
    if (signature == nullptr || signature->result == ResultRule::kNone) return;
    const std::size_t target = signature->arguments.size();
    if (call.args()->size() <= target) return;
    definitions_.push_back(
        {call.args()->Get(static_cast<flatbuffers::uoffset_t>(target)),
         signature->result, call.args(), 0});
  }

  KindSet kinds_of(const Definition& definition,
                   flatbuffers::uoffset_t argument) const {
    return result_.kinds[index(definition.arguments->Get(argument))];
  }

  KindSet apply(const Definition& definition) const {
    switch (definition.rule) {
      case ResultRule::kNone:
        return result_.kinds[index(definition.source)];
      case ResultRule::kInt:
        return kIntKind;
      case ResultRule::kDouble:
        return kDoubleKind;
      case ResultRule::kBool:
        return kBoolKind;
      case ResultRule::kPromoted:
        return promote(definition);
      case ResultRule::kSelected:
        return kinds_of(definition, 1) | kinds_of(definition, 2);
      case ResultRule::kElement:
        return element_kind(method_.value(definition.arguments->Get(0)));
      case ResultRule::kArgument0:
        return kinds_of(definition, 0);
    }
    return 0;
  }

  KindSet promote(const Definition& definition) const {
    const KindSet first = kinds_of(definition, 0);
    const bool has_second = definition.arguments->size() > 2;
    const KindSet second = has_second ? kinds_of(definition, 1) : first;
    KindSet result = 0;
    if ((first & second & kIntKind) != 0) result |= kIntKind;
    if (((first | second) & kDoubleKind) != 0) result |= kDoubleKind;
    return result;
  }

  bool grow() {
    bool grew = false;
    for (const Definition& definition : definitions_) {
      KindSet& kinds = result_.kinds[index(definition.target)];
      const KindSet grown = kinds | apply(definition);
      grew = grew || grown != kinds;
      kinds = grown;
    }
    return grew;
  }

  /// Values that are only computed from themselves start as the file says.
  bool seed(const std::vector<KindSet>& declared) {
    bool seeded = false;
    for (std::size_t i = 0; i < declared.size(); ++i) {
      if (result_.kinds[i] != 0) continue;
      result_.kinds[i] = declared[i];
      seeded = true;
    }
    return seeded;
  }

  const MethodView& method_;
  std::vector<Definition> definitions_;
  ValueKinds result_;
};

}  // namespace

std::optional<ValueKinds> infer_value_kinds(
    const MethodView& method,
    const std::vector<const OperatorSignature*>& operators,
    WorkBudget& budget) {
  return KindInference(method, operators).run(budget);
}

}  // namespace etllm::program
