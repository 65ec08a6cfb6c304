#pragma once

// A GGUF file, versions 2 and 3: typed metadata and the places of the tensors.
// Everything is checked when the file is opened: lengths, alignment, shapes,
// and that every tensor lies inside the file and overlaps no other one.
//
//   Result<GgufFile> file = GgufFile::open("model.gguf");
//   Result<std::uint64_t> layers =
//       file->get<std::uint64_t>("llama.block_count");

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mapped_file.h"
#include "base/status.h"
#include "importer/gguf/ggml_type.h"
#include "importer/gguf/gguf_value.h"
#include "importer/source/in_quotes.h"

namespace etllm::importer {

/// One tensor: a view of the mapped file.
struct GgufTensor {
  std::string_view name;
  GgmlType type = GgmlType::kF32;
  /// Innermost first, as the file has them; absent ones are 1.
  std::array<std::uint64_t, 4> dims{1, 1, 1, 1};
  std::uint32_t dim_count = 0;
  std::span<const std::byte> data;

  std::uint64_t cols() const { return dims[0]; }
  std::uint64_t rows() const { return dims[1] * dims[2] * dims[3]; }
  /// "[576, 1536]", innermost first.
  std::string shape_text() const;
};

/// Immutable after `open`; movable. Reading from several threads is safe.
/// Views handed out live as long as the object.
class GgufFile {
 public:
  /// Fails with kInvalidData or kNotSupported and a sentence that names the
  /// file; what `MappedFile::open` refuses is refused here too.
  static Result<GgufFile> open(const std::string& path);

  const std::string& path() const { return file_.path(); }
  const MappedFile& file() const { return file_; }
  std::uint32_t version() const { return version_; }

  bool has(std::string_view key) const { return values_.contains(key); }
  const std::unordered_map<std::string_view, GgufValue>& values() const {
    return values_;
  }
  /// The value of `key`; kNotFound when it is missing, kInvalidData when it
  /// has another type. T as in `decode_gguf_value`.
  template <typename T>
  Result<T> get(std::string_view key) const;
  /// As `get`, with `fallback` for a missing key.
  template <typename T>
  Result<T> get_or(std::string_view key, T fallback) const {
    return has(key) ? get<T>(key) : Result<T>(std::move(fallback));
  }

  const std::vector<GgufTensor>& tensors() const { return tensors_; }
  /// nullptr when there is no tensor of that name.
  const GgufTensor* find_tensor(std::string_view name) const;

 private:
  friend class GgufParser;
  explicit GgufFile(MappedFile file) : file_(std::move(file)) {}

  MappedFile file_;
  std::uint32_t version_ = 0;
  std::unordered_map<std::string_view, GgufValue> values_;
  std::vector<GgufTensor> tensors_;
  std::unordered_map<std::string_view, std::size_t> tensor_index_;
};

template <typename T>
Result<T> GgufFile::get(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) {
    return not_found("'" + path() + "' has no metadata key " + in_quotes(key) +
                     "; the file is incomplete, convert the model again");
  }
  std::optional<T> value = decode_gguf_value<T>(found->second);
  if (!value) {
    return invalid_data("'" + path() + "': metadata key " + in_quotes(key) +
                        " is " +
                        std::string(gguf_type_name(found->second.type)) +
                        " that cannot be used here; convert the model again");
  }
  return std::move(*value);
}

}  // namespace etllm::importer
