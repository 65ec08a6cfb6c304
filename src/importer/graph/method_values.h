#pragma once

// A method of a decoder under construction: its inputs, the values that many
// instructions name, and shorter ways to add activations and instructions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "program/program_builder.h"

namespace etllm::importer {

class MethodValues {
 public:
  using ValueId = program::ValueId;

  MethodValues(program::MethodBuilder& method, std::uint32_t tokens)
      : method_(method), token_count_(tokens) {
    tokens_ = method.add_input({.dtype = program::ScalarType::kLong,
                                .sizes = {1, static_cast<std::int32_t>(tokens)},
                                .is_dynamic = true,
                                .name = "tokens"});
    start_pos_ = method.add_input({.dtype = program::ScalarType::kLong,
                                   .sizes = {1},
                                   .name = "start_pos"});
    none_ = method.add_null();
  }

  program::MethodBuilder& method() { return method_; }
  ValueId tokens() const { return tokens_; }
  ValueId start_pos() const { return start_pos_; }
  /// The optional argument that is not there.
  ValueId none() const { return none_; }
  ValueId integer(std::int64_t value) { return method_.add_int(value); }
  ValueId real(double value) { return method_.add_double(value); }
  ValueId truth(bool value) { return method_.add_bool(value); }

  /// Activations f32 [1, N, width], or [1, 1, width] from `keep_last_token` on.
  ValueId rows(std::uint32_t width) {
    const std::uint32_t count = is_last_token_ ? 1 : token_count_;
    return method_.add_activation(
        {.sizes = {1, static_cast<std::int32_t>(count),
                   static_cast<std::int32_t>(width)},
         .is_dynamic = !is_last_token_,
         .name = {}});
  }
  /// Only the last token goes on.
  void keep_last_token() { is_last_token_ = true; }

  /// Calls an operator that fills `out`, which is also what it returns.
  ValueId call(std::string_view name, std::vector<ValueId> args, ValueId out) {
    args.push_back(out);
    call_in_place(name, std::move(args), out);
    return out;
  }
  /// Calls an operator that changes `changed`, one of its arguments.
  void call_in_place(std::string_view name, std::vector<ValueId> args,
                     ValueId changed) {
    args.push_back(changed);
    method_.call("etllm::" + std::string(name), "out", std::move(args));
  }

 private:
  program::MethodBuilder& method_;
  std::uint32_t token_count_;
  bool is_last_token_ = false;
  ValueId tokens_ = 0;
  ValueId start_pos_ = 0;
  ValueId none_ = 0;
};

}  // namespace etllm::importer
