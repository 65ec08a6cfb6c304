#pragma once

// A real program that is the smallest language model: the next token depends
// on the last one alone.

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/formats/weight_format.h"
#include "program/program_builder.h"

namespace etllm {

/// What the program is to look like.
struct BigramOptions {
  /// The likeliest successor of each token.
  std::vector<std::uint64_t> successors;
  std::int32_t max_tokens = 4;     ///< Of one call.
  std::int32_t num_positions = 1;  ///< Size of the second input.
  std::string method = "forward";
  bool gives_all_positions = false;  ///< Logits f32[1,N,V].
};

/// Adds `forward(tokens i64[1,N], start_pos i64[P]) -> logits f32[1,1,V]`.
inline void add_bigram_method(program::ProgramBuilder& program,
                              const BigramOptions& options) {
  using program::ConstantData;
  using program::ScalarType;
  using program::TensorSpec;
  const auto vocab = static_cast<std::int32_t>(options.successors.size());
  const auto size = static_cast<std::size_t>(vocab);
  // The layout of dense weights: columns of 16 rows.
  constexpr std::size_t kRowsPerBlock = kernels::kRowsPerBlock;
  const std::size_t blocks = (size + kRowsPerBlock - 1) / kRowsPerBlock;
  std::vector<float> table(blocks * kRowsPerBlock * size, 0.0F);
  for (std::size_t token = 0; token < size; ++token) {
    const std::size_t column =
        token / kRowsPerBlock * size + options.successors[token];
    table[column * kRowsPerBlock + token % kRowsPerBlock] = 10.0F;
  }
  const auto constant = program.add_constant(
      ConstantData::from_bytes(std::as_bytes(std::span(table))));
  auto& method = program.add_method(options.method);
  const auto tokens = method.add_input(
      TensorSpec{ScalarType::kLong, {1, options.max_tokens}, true, ""});
  method.add_input(
      TensorSpec{ScalarType::kLong, {options.num_positions}, true, ""});
  const auto weight = method.add_constant(
      constant, TensorSpec{ScalarType::kByte,
                           {static_cast<std::int32_t>(4 * table.size())},
                           false,
                           ""});
  const auto rows = method.add_activation(
      TensorSpec{ScalarType::kFloat, {1, options.max_tokens, vocab}, true, ""});
  method.call(
      "etllm::embedding", "out",
      {tokens, weight,
       method.add_int(static_cast<std::int64_t>(kernels::WeightFormat::kF32)),
       method.add_int(vocab), rows, rows});
  if (options.gives_all_positions) return method.add_output(rows);
  const auto logits = method.add_activation(
      TensorSpec{ScalarType::kFloat, {1, 1, vocab}, false, ""});
  method.call("etllm::last_position", "out", {rows, logits, logits});
  method.add_output(logits);
}

}  // namespace etllm
