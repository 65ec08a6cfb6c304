#pragma once

// What is in a `.pte`, as plain data for people to look at.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace etllm::program {

/// Shape and type of a tensor, such as "i64[1, <=512]".
struct TensorSummary {
  std::string name;  ///< Empty when the program does not say.
  std::string type;  ///< "f32", "i64", ...
  std::vector<std::int32_t> sizes;
  bool is_dynamic = false;  ///< The sizes are upper bounds.
  std::uint64_t size_bytes = 0;
  /// The weight format that an `etllm::` operator reads a constant in.
  std::optional<std::int64_t> weight_format;

  std::string shape_text() const;
};

/// A name and how often it occurs.
struct CountedName {
  std::string name;
  std::uint32_t count = 0;
};

/// A method that computes; those that only return values are
/// ConstantMethodSummary.
struct MethodSummary {
  std::string name;
  std::vector<TensorSummary> inputs;
  std::vector<TensorSummary> outputs;
  std::vector<CountedName> operators;  ///< "etllm::linear.out", by name.
  std::vector<CountedName> delegates;  ///< "XnnpackBackend", by name.
  std::uint32_t instructions = 0;
  /// What each instruction of each chain calls: an operator, a delegate, or
  /// "move", "jump", "free".
  std::vector<std::vector<std::string>> chains;
  /// Planned memory: activations first, then mutable state.
  std::vector<std::uint64_t> planned_bytes;
  std::vector<TensorSummary> constants;        ///< Weights, in order.
  std::vector<TensorSummary> mutable_buffers;  ///< Such as KV caches.
};

/// A method without instructions, and what it returns: "8192", "[2, 7]".
struct ConstantMethodSummary {
  std::string name;
  std::string value;
};

struct NamedDataSummary {
  std::string key;
  std::uint64_t size_bytes = 0;
};

struct ProgramSummary {
  std::uint64_t file_bytes = 0;
  std::uint64_t program_bytes = 0;  ///< The flatbuffer.
  std::vector<MethodSummary> methods;
  std::vector<ConstantMethodSummary> constant_methods;
  std::vector<NamedDataSummary> named_data;
};

/// Checks the file, then reads it. Fails as `check_program_file` does.
Result<ProgramSummary> summarize_program(const std::string& path);

}  // namespace etllm::program
