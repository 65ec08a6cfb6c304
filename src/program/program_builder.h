#pragma once

// Builds an ExecuTorch program in memory and writes it as a `.pte` file.
// Knows the file format and plans the memory; knows nothing about models.
//
//   ProgramBuilder program;
//   MethodBuilder& forward = program.add_method("forward");
//   ValueId x = forward.add_input({ScalarType::kFloat, {1, 8}});
//   ValueId y = forward.add_activation({ScalarType::kFloat, {1, 8}});
//   forward.call("etllm::scale", "out", {x, forward.add_double(2.0), y, y});
//   forward.add_output(y);
//   Status status = program.write("model.pte");

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"

namespace etllm::program {

/// Element types, with ExecuTorch's numbers.
enum class ScalarType : std::int8_t {
  kByte = 0,
  kChar = 1,
  kInt = 3,
  kLong = 4,
  kHalf = 5,
  kFloat = 6,
  kBool = 11,
  kBFloat16 = 15,
};

/// Index of a value inside one method.
using ValueId = std::int32_t;
/// Index of a constant of the program; methods share constants.
using ConstantId = std::uint32_t;

/// Shape and type of a tensor.
struct TensorSpec {
  ScalarType dtype = ScalarType::kFloat;
  std::vector<std::int32_t> sizes;
  /// The sizes are upper bounds, and kernels resize the tensor.
  bool is_dynamic = false;
  /// Name of a weight or buffer, for `inspect`; may be empty.
  std::string name;
};

/// Receives the bytes of a constant, in order, in any number of pieces.
using ByteSink = std::function<Status(std::span<const std::byte>)>;

/// Bytes that are produced when the file is written, so that a model larger
/// than the memory can be written. `write` must hand over exactly `size_bytes`;
/// fewer or more fail the whole write.
struct ConstantData {
  std::uint64_t size_bytes = 0;
  std::function<Status(const ByteSink&)> write;

  /// Copies `bytes` and hands them over when asked.
  static ConstantData from_bytes(std::span<const std::byte> bytes);
  static ConstantData from_string(std::string text);
};

struct MethodModel;
struct ProgramModel;

/// One method under construction; owned by its ProgramBuilder.
class MethodBuilder {
 public:
  MethodBuilder(const MethodBuilder&) = delete;
  MethodBuilder& operator=(const MethodBuilder&) = delete;

  ValueId add_null();
  ValueId add_int(std::int64_t value);
  ValueId add_double(double value);
  ValueId add_bool(bool value);

  /// A tensor the caller passes in; no planned memory. Inputs are numbered in
  /// the order of these calls.
  ValueId add_input(TensorSpec spec);
  /// A temporary in planned memory. It lives from the first call that names it
  /// to the last one; its memory is reused before and after. An output lives
  /// to the end.
  ValueId add_activation(TensorSpec spec);
  /// State that survives from run to run, such as a KV cache; it has memory of
  /// its own, is not initialised, and lives in memory id 2. Buffers of the same
  /// name and size have the same place in every method, so that methods whose
  /// arenas are shared work on one state; buffers without a name are matched
  /// by their order among those without a name.
  ValueId add_mutable_buffer(TensorSpec spec);
  /// A view of a constant, read in place from the mapped file.
  ValueId add_constant(ConstantId constant, TensorSpec spec);

  /// Appends an instruction. The arguments are those of the operator's schema,
  /// outputs included; ExecuTorch passes the returned value as one more
  /// argument, which the caller appends too.
  void call(std::string_view op_name, std::string_view overload,
            std::vector<ValueId> args);
  void add_output(ValueId value);

 private:
  friend class ProgramBuilder;
  explicit MethodBuilder(MethodModel& model) : model_(model) {}

  MethodModel& model_;
};

/// What a constant method returns.
using ConstantValue =
    std::variant<std::int64_t, double, bool, std::vector<std::int64_t>>;

/// Hears the bytes written so far and in all; returns false to cancel.
using ProgressCallback =
    std::function<bool(std::uint64_t done_bytes, std::uint64_t total_bytes)>;

/// Collects methods, constants and named data, then writes the file.
/// Not thread-safe.
class ProgramBuilder {
 public:
  ProgramBuilder();
  ~ProgramBuilder();

  /// The reference stays valid for the builder's lifetime.
  MethodBuilder& add_method(std::string name);
  /// A method without inputs that returns `value`, one output per element.
  void add_constant_method(std::string name, ConstantValue value);
  /// Aligned to 64 bytes in the file; the segment starts on a page.
  ConstantId add_constant(ConstantData data);
  /// A blob that the runtime finds by `key`; each starts on a page.
  void add_named_data(std::string key, ConstantData data);

  /// Plans the memory and writes the file under a temporary name that becomes
  /// `path` at the end. Fails with kInvalidArgument when the program
  /// contradicts itself (a value that does not exist, a name used twice), with
  /// kIoError when the file cannot be written, kCancelled when `progress` says
  /// so; nothing is left on disk then.
  Status write(const std::string& path,
               const ProgressCallback& progress = {}) const;

 private:
  std::unique_ptr<ProgramModel> model_;
  std::vector<std::unique_ptr<MethodBuilder>> methods_;
};

}  // namespace etllm::program
