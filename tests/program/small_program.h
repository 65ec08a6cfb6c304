#pragma once

// A program with a little of everything that the builder can write.

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "program/program_builder.h"

namespace etllm::program {

inline TensorSpec float_spec(std::vector<std::int32_t> sizes,
                             bool is_dynamic = false) {
  return {ScalarType::kFloat, std::move(sizes), is_dynamic, ""};
}

inline ConstantData float_constant(const std::vector<float>& values) {
  return ConstantData::from_bytes(std::as_bytes(std::span(values)));
}

/// `forward(x f32[1,N,2])`, N up to 4, gives the last row of the normalized x;
/// four constant methods; named data.
inline void build_small_program(ProgramBuilder& program) {
  const ConstantId weight = program.add_constant(float_constant({1.0F, 10.0F}));
  MethodBuilder& forward = program.add_method("forward");
  const ValueId x = forward.add_input(float_spec({1, 4, 2}, true));
  const ValueId w = forward.add_constant(weight, float_spec({2}));
  const ValueId epsilon = forward.add_double(0.0);
  const ValueId normed = forward.add_activation(float_spec({1, 4, 2}, true));
  const ValueId last = forward.add_activation(float_spec({1, 1, 2}));
  forward.call("etllm::rms_norm", "out", {x, w, epsilon, normed, normed});
  forward.call("etllm::last_position", "out", {normed, last, last});
  forward.add_output(last);
  program.add_constant_method("get_max_seq_len", std::int64_t{4});
  program.add_constant_method("scale", 0.5);
  program.add_constant_method("use_kv_cache", true);
  program.add_constant_method("get_eos_ids", std::vector<std::int64_t>{2, 7});
  program.add_named_data("tokenizer.json", ConstantData::from_string("{}"));
  program.add_named_data("empty", ConstantData::from_string(""));
}

}  // namespace etllm::program
