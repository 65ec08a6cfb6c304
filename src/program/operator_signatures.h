#pragma once

// What the operators of programs take. Kernels end the process when a value is
// not of the kind that they expect, and write where they are told to; so the
// check of programs has to know.
//
// An argument is a letter; a capital letter may be null as well, unless the
// list says otherwise:
//
//   i I  whole number             l m  list of whole numbers (m: or null)
//   f F  floating-point number    d D  list of floating-point numbers
//   b B  truth value              c C  list of truth values
//   s S  number of any kind       r R  text
//   T    tensor that is read      t    the same, or null
//   y    tensor of i32 or i64 that is read
//   W    tensor that is written   V    list of such tensors
//   L    list of tensors          O    list of tensors and nulls
//   P    tensor that becomes a view of argument 0
//   x    number of a dimension of argument 0, fixed
//   v    whole number to divide by, fixed
//   u    number to divide by, fixed when it is whole
//   p q  positive number, or list of such numbers, fixed
//   *    anything; the operator looks for itself

#include <cstdint>
#include <span>
#include <string_view>

#include "program/value_kind.h"

namespace etllm::program {

/// What an operator makes of the value behind its arguments.
enum class ResultRule : std::uint8_t {
  kNone,       ///< Nothing.
  kInt,        ///< A whole number.
  kDouble,     ///< A floating-point number.
  kBool,       ///< A truth value.
  kPromoted,   ///< A whole number if arguments 0 and 1 are, or just 0 is.
  kSelected,   ///< Argument 1 or 2.
  kElement,    ///< An element of tensor 0.
  kArgument0,  ///< The tensor that is argument 0.
};

struct OperatorSignature {
  std::string_view name;  ///< With the overload: "aten::add.out".
  std::string_view arguments;
  ResultRule result = ResultRule::kNone;
};

/// nullptr for operators that are neither the SDK's nor ours.
const OperatorSignature* find_operator_signature(std::string_view name);

/// The kinds that the argument `letter` takes.
KindSet accepted_kinds(char letter);

/// The generated part of the table, ordered by name.
std::span<const OperatorSignature> sdk_operators();

}  // namespace etllm::program
