#pragma once

// What one call does with its arguments, by the signature of its operator.

#include <cstdint>
#include <string>

#include "program/method_flow.h"
#include "program/method_view.h"
#include "program/operator_signatures.h"
#include "program/value_kinds.h"
#include "program/work_budget.h"

namespace etllm::program {

/// Appends to `flow`. Borrows everything; the indices of values exist.
class CallEffects {
 public:
  using Arguments = flatbuffers::Vector<std::int32_t>;

  CallEffects(const MethodView& method, const ValueKinds& kinds,
              MethodFlow& flow, WorkBudget& budget)
      : method_(method), kinds_(kinds), flow_(flow), budget_(budget) {}

  /// A call of an operator, whose signature is null when it is not known.
  /// Returns what is wrong with the kinds of its arguments, if anything is.
  std::string add_call(const Arguments& arguments,
                       const OperatorSignature* signature);
  std::string add_delegate(const Arguments& arguments);

  void read(std::int32_t value) { use(value, Access::kRead); }
  /// `value` becomes the same as `source`.
  void assign(std::int32_t value, std::int32_t source);

 private:
  bool add_argument(const Arguments& arguments, std::uint32_t position,
                    char letter);
  bool add_result(const Arguments& arguments,
                  const OperatorSignature& signature);
  void add_unknown(const Arguments& arguments);
  bool use_items(std::int32_t list, Access access);
  template <class Items>
  bool use_each(const Items& items, Access access, KindSet accepted);
  void use(std::int32_t value, Access access);
  bool is_dimension(const Arguments& arguments, std::int32_t value) const;
  bool divides_safely(const Arguments& arguments, std::int32_t value) const;
  bool holds_indices(std::int32_t value) const;
  bool is_positive(std::int32_t value) const;
  bool are_positive(std::int32_t list);
  KindSet kinds_of(std::int32_t value) const;

  const MethodView& method_;
  const ValueKinds& kinds_;
  MethodFlow& flow_;
  WorkBudget& budget_;
};

}  // namespace etllm::program
