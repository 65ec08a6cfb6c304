#pragma once

// A safetensors file: a JSON header with the name, type, shape and place of
// each tensor, then their bytes. Everything is checked when the file is opened:
// the header, sizes, and that every tensor lies inside the file and overlaps no
// other one.
//
//   Result<SafetensorsFile> file = SafetensorsFile::open("model.safetensors");
//   const SafetensorsTensor* tensor = file->find_tensor("lm_head.weight");

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mapped_file.h"
#include "base/status.h"
#include "importer/safetensors/safetensors_header.h"

namespace etllm::importer {

/// The element types that hold weights.
enum class SafetensorsType : std::uint8_t {
  kF32,
  kF16,
  kBF16,
  kF8E4M3,  ///< Without infinities, as `float8_e4m3fn` of PyTorch.
  kF8E5M2,
  kOther,  ///< Integers, booleans and types of the future.
};

/// One tensor; `data` is a view of the mapped file, at any alignment.
struct SafetensorsTensor {
  std::string name;
  SafetensorsType type = SafetensorsType::kOther;
  std::string type_name;
  /// Outermost first, as the file has it; empty for a single value.
  std::vector<std::uint64_t> shape;
  std::span<const std::byte> data;
};

/// Immutable after `open`; movable. Reading from several threads is safe.
/// Views handed out live as long as the object.
class SafetensorsFile {
 public:
  /// Fails with kInvalidData and a sentence that names the file; what
  /// `MappedFile::open` refuses is refused here too.
  static Result<SafetensorsFile> open(const std::string& path);

  const std::string& path() const { return file_.path(); }
  const MappedFile& file() const { return file_; }
  const std::vector<SafetensorsTensor>& tensors() const { return tensors_; }
  /// nullptr when there is no tensor of that name.
  const SafetensorsTensor* find_tensor(const std::string& name) const;

 private:
  explicit SafetensorsFile(MappedFile file) : file_(std::move(file)) {}

  Status parse();
  Status place(std::vector<SafetensorsEntry> entries,
               std::span<const std::byte> data);
  Status check_overlaps() const;
  Status broken(const std::string& what) const;

  MappedFile file_;
  std::vector<SafetensorsTensor> tensors_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace etllm::importer
