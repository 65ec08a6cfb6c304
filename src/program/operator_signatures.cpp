#include "program/operator_signatures.h"

#include <algorithm>
#include <array>

namespace etllm::program {
namespace {

// Operators without a schema in the SDK's files: those that compute sizes, and
// our own, which look at their arguments themselves (docs/operators.md). In
// order.
constexpr std::array kOtherOperators = {
    OperatorSignature{"aten::_local_scalar_dense", "T", ResultRule::kElement},
    OperatorSignature{"aten::copy_", "WTb", ResultRule::kArgument0},
    OperatorSignature{"aten::index_put_", "WOTb", ResultRule::kArgument0},
    OperatorSignature{"aten::sym_numel", "T", ResultRule::kInt},
    OperatorSignature{"aten::sym_size.int", "Tx", ResultRule::kInt},
    OperatorSignature{"dim_order_ops::_clone_dim_order.out", "TbmW"},
    OperatorSignature{"dim_order_ops::_empty_dim_order.out", "lmW"},
    OperatorSignature{"dim_order_ops::_to_dim_order_copy.out", "TbmW"},
    OperatorSignature{"etllm::add.out", "**W"},
    OperatorSignature{"etllm::attention.out", "*******W"},
    OperatorSignature{"etllm::embedding.out", "****W"},
    OperatorSignature{"etllm::gated_mlp.out", "********W"},
    OperatorSignature{"etllm::head_norm.out", "W*******W"},
    OperatorSignature{"etllm::last_position.out", "*W"},
    OperatorSignature{"etllm::layer_norm.out", "****W"},
    OperatorSignature{"etllm::linear.out", "****W"},
    OperatorSignature{"etllm::linear_add.out", "*****W"},
    OperatorSignature{"etllm::moe_mlp.out", "*****************W"},
    OperatorSignature{"etllm::position_embedding.out", "*W***W"},
    OperatorSignature{"etllm::projection.out", "*****W"},
    OperatorSignature{"etllm::qkv_linear.out", "**********W"},
    OperatorSignature{"etllm::rms_norm.out", "***W"},
    OperatorSignature{"etllm::rope.out", "W*****W"},
    OperatorSignature{"etllm::rope_table.out", "****W"},
    OperatorSignature{"etllm::rope_table_switched.out", "******W"},
    OperatorSignature{"etllm::scale.out", "W*W"},
    OperatorSignature{"etllm::soft_cap.out", "W*W"},
    OperatorSignature{"etllm::update_cache.out", "**WW*W"},
    OperatorSignature{"executorch_prim::add.Scalar", "**",
                      ResultRule::kPromoted},
    OperatorSignature{"executorch_prim::ceil.Scalar", "*", ResultRule::kInt},
    OperatorSignature{"executorch_prim::eq.Scalar", "**", ResultRule::kBool},
    OperatorSignature{"executorch_prim::et_copy_index.tensor", "WTi"},
    OperatorSignature{"executorch_prim::et_view.default", "TlP"},
    OperatorSignature{"executorch_prim::floordiv.Scalar", "*u",
                      ResultRule::kPromoted},
    OperatorSignature{"executorch_prim::floordiv.int", "iv", ResultRule::kInt},
    OperatorSignature{"executorch_prim::ge.Scalar", "**", ResultRule::kBool},
    OperatorSignature{"executorch_prim::gt.Scalar", "**", ResultRule::kBool},
    OperatorSignature{"executorch_prim::le.Scalar", "**", ResultRule::kBool},
    OperatorSignature{"executorch_prim::lt.Scalar", "**", ResultRule::kBool},
    OperatorSignature{"executorch_prim::mod.Scalar", "*u",
                      ResultRule::kPromoted},
    OperatorSignature{"executorch_prim::mod.int", "iv", ResultRule::kInt},
    OperatorSignature{"executorch_prim::mul.Scalar", "**",
                      ResultRule::kPromoted},
    OperatorSignature{"executorch_prim::neg.Scalar", "*",
                      ResultRule::kPromoted},
    OperatorSignature{"executorch_prim::round.Scalar", "*", ResultRule::kInt},
    OperatorSignature{"executorch_prim::sub.Scalar", "**",
                      ResultRule::kPromoted},
    OperatorSignature{"executorch_prim::sym_float.Scalar", "*",
                      ResultRule::kDouble},
    OperatorSignature{"executorch_prim::sym_int.Scalar", "*", ResultRule::kInt},
    OperatorSignature{"executorch_prim::sym_ite.Scalar", "***",
                      ResultRule::kSelected},
    OperatorSignature{"executorch_prim::sym_max.Scalar", "**",
                      ResultRule::kInt},
    OperatorSignature{"executorch_prim::sym_min.Scalar", "**",
                      ResultRule::kInt},
    OperatorSignature{"executorch_prim::sym_not.Scalar", "*",
                      ResultRule::kBool},
    OperatorSignature{"executorch_prim::truediv.Scalar", "**",
                      ResultRule::kDouble},
    OperatorSignature{"executorch_prim::trunc.Scalar", "*", ResultRule::kInt},
    OperatorSignature{"llama::channelwise_gated_delta_rule.out", "******WW"},
    OperatorSignature{"llama::custom_quantized_sdpa.out", "***************W"},
    OperatorSignature{"llama::custom_sdpa.out", "********W"},
    OperatorSignature{"llama::fallback.out", "*W"},
    OperatorSignature{"llama::fast_hadamard_transform.out", "*W"},
    OperatorSignature{"llama::gated_delta_rule.out", "******WW"},
    OperatorSignature{"llama::quantized_moe_ffn.out", "*************W"},
    OperatorSignature{"llama::sdpa_with_kv_cache.out", "***WW******W"},
    OperatorSignature{"llama::update_cache.out", "*W*W"},
    OperatorSignature{"llama::update_cache_with_indices.out", "*W**W"},
};
static_assert(std::ranges::is_sorted(kOtherOperators, {},
                                     &OperatorSignature::name));

const OperatorSignature* find_in(std::span<const OperatorSignature> table,
                                 std::string_view name) {
  const auto found =
      std::ranges::lower_bound(table, name, {}, &OperatorSignature::name);
  return found != table.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

const OperatorSignature* find_operator_signature(std::string_view name) {
  const OperatorSignature* found = find_in(kOtherOperators, name);
  return found != nullptr ? found : find_in(sdk_operators(), name);
}

KindSet accepted_kinds(char letter) {
  switch (letter) {
    case 'i':
    case 'x':
    case 'p':
    case 'v':
      return kIntKind;
    case 'I':
      return kIntKind | kNullKind;
    case 'f':
      return kDoubleKind;
    case 'F':
      return kDoubleKind | kNullKind;
    case 'b':
      return kBoolKind;
    case 'B':
      return kBoolKind | kNullKind;
    case 's':
      return kNumberKinds;
    case 'S':
      return kNumberKinds | kNullKind;
    case 'T':
    case 'y':
    case 'W':
    case 'P':
      return kTensorKind;
    case 't':
      return kTensorKind | kNullKind;
    case 'L':
    case 'V':
      return kTensorListKind;
    case 'O':
      return kOptionalTensorListKind;
    case 'l':
    case 'q':
      return kIntListKind;
    case 'm':
      return kIntListKind | kNullKind;
    case 'd':
      return kDoubleListKind;
    case 'D':
      return kDoubleListKind | kNullKind;
    case 'c':
      return kBoolListKind;
    case 'C':
      return kBoolListKind | kNullKind;
    case 'r':
      return kStringKind;
    case 'R':
      return kStringKind | kNullKind;
    default:
      return kAnyKind;
  }
}

}  // namespace etllm::program
