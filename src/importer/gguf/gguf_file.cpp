#include "importer/gguf/gguf_file.h"

#include <algorithm>
#include <utility>

#include "importer/gguf/file_signature.h"

namespace etllm::importer {
namespace {

// Far above any real model; they bound the memory a hostile file can take.
constexpr std::uint64_t kMaxKeys = 65'536;
constexpr std::uint64_t kMaxTensors = 262'144;
constexpr std::size_t kMaxNameBytes = 1'024;
constexpr std::uint64_t kMaxAlignment = std::uint64_t{1} << 20;
constexpr std::uint64_t kMaxExtent = std::uint64_t{1} << 31;

}  // namespace

std::string GgufTensor::shape_text() const {
  std::string text = "[";
  for (std::uint32_t i = 0; i < dim_count; ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(dims[i]);
  }
  return text + "]";
}

/// Fills a GgufFile from its mapped bytes, front to back.
class GgufParser {
 public:
  explicit GgufParser(GgufFile& out)
      : out_(out), bytes_(out.file_.bytes()), cursor_(bytes_) {}

  Status parse() {
    Status status = read_header();
    for (std::uint64_t i = 0; status.ok() && i < key_count_; ++i) {
      status = read_key();
    }
    if (status.ok()) status = read_alignment();
    for (std::uint64_t i = 0; status.ok() && i < tensor_count_; ++i) {
      status = read_tensor();
    }
    if (status.ok()) status = place_tensors();
    return status;
  }

 private:
  Status broken(const std::string& what) const {
    return invalid_data("'" + out_.path() + "' is a damaged GGUF file: " +
                        what + "; download or convert it again");
  }

  Status read_header();
  Status read_key();
  Status read_alignment();
  Status read_tensor();
  Status read_shape(GgufTensor& tensor);
  Status place_tensors();
  Status check_overlaps() const;

  GgufFile& out_;
  std::span<const std::byte> bytes_;
  ByteCursor cursor_;
  std::uint64_t tensor_count_ = 0;
  std::uint64_t key_count_ = 0;
  std::uint64_t alignment_ = 32;
  std::vector<std::uint64_t> offsets_;
};

Status GgufParser::read_header() {
  if (!has_gguf_magic(bytes_)) {
    return invalid_data("'" + out_.path() +
                        "' is not a GGUF file: " + describe_signature(bytes_));
  }
  cursor_.take(4);
  out_.version_ = cursor_.read<std::uint32_t>();
  tensor_count_ = cursor_.read<std::uint64_t>();
  key_count_ = cursor_.read<std::uint64_t>();
  if (!cursor_.ok()) return broken("it ends inside its header");
  if ((out_.version_ & 0xffffU) == 0 && out_.version_ != 0) {
    return not_supported("'" + out_.path() +
                         "' is a big-endian GGUF file; convert the model to "
                         "little-endian GGUF");
  }
  if (out_.version_ != 2 && out_.version_ != 3) {
    return not_supported("'" + out_.path() + "' has GGUF version " +
                         std::to_string(out_.version_) +
                         ", and versions 2 and 3 are read; convert the model "
                         "again with a current tool");
  }
  if (key_count_ > kMaxKeys || tensor_count_ > kMaxTensors) {
    return broken("it announces " + std::to_string(key_count_) +
                  " metadata keys and " + std::to_string(tensor_count_) +
                  " tensors");
  }
  return {};
}

Status GgufParser::read_key() {
  const std::string_view key = cursor_.read_string();
  if (!cursor_.ok()) return broken("it ends inside its metadata");
  if (key.empty() || key.size() > kMaxNameBytes) {
    return broken("a metadata key has " + std::to_string(key.size()) +
                  " bytes");
  }
  const Result<GgufValue> value = read_gguf_value(cursor_);
  if (!value.ok()) {
    return broken("metadata key " + in_quotes(key) + ": " +
                  value.status().message());
  }
  if (!out_.values_.emplace(key, *value).second) {
    return broken("metadata key " + in_quotes(key) + " appears twice");
  }
  return {};
}

Status GgufParser::read_alignment() {
  const Result<std::uint64_t> alignment =
      out_.get_or<std::uint64_t>("general.alignment", alignment_);
  if (!alignment.ok()) return alignment.status();
  alignment_ = *alignment;
  if (!std::has_single_bit(alignment_) || alignment_ > kMaxAlignment) {
    return broken("its alignment is " + std::to_string(alignment_) +
                  ", which is no usable power of two");
  }
  return {};
}

Status GgufParser::read_shape(GgufTensor& tensor) {
  tensor.dim_count = cursor_.read<std::uint32_t>();
  if (tensor.dim_count == 0 || tensor.dim_count > tensor.dims.size()) {
    return broken("tensor " + in_quotes(tensor.name) + " has " +
                  std::to_string(tensor.dim_count) + " dimensions");
  }
  std::uint64_t elements = 1;
  for (std::uint32_t i = 0; i < tensor.dim_count; ++i) {
    tensor.dims[i] = cursor_.read<std::uint64_t>();
    if (tensor.dims[i] == 0 || tensor.dims[i] > kMaxExtent ||
        __builtin_mul_overflow(elements, tensor.dims[i], &elements)) {
      return broken("tensor " + in_quotes(tensor.name) +
                    " has the impossible shape " + tensor.shape_text());
    }
  }
  return {};
}

Status GgufParser::read_tensor() {
  GgufTensor tensor;
  tensor.name = cursor_.read_string();
  if (!cursor_.ok()) return broken("it ends inside its list of tensors");
  if (tensor.name.empty() || tensor.name.size() > kMaxNameBytes) {
    return broken("a tensor's name has " + std::to_string(tensor.name.size()) +
                  " bytes");
  }
  Status status = read_shape(tensor);
  if (!status.ok()) return status;
  tensor.type = static_cast<GgmlType>(cursor_.read<std::uint32_t>());
  offsets_.push_back(cursor_.read<std::uint64_t>());
  if (!cursor_.ok()) return broken("it ends inside its list of tensors");
  if (find_ggml_type(static_cast<std::uint32_t>(tensor.type)) == nullptr) {
    return not_supported(
        "'" + out_.path() + "': tensor " + in_quotes(tensor.name) +
        " has type number " +
        std::to_string(static_cast<std::uint32_t>(tensor.type)) +
        ", which is unknown; use a file quantized with a common type");
  }
  if (!out_.tensor_index_.emplace(tensor.name, out_.tensors_.size()).second) {
    return broken("tensor " + in_quotes(tensor.name) + " appears twice");
  }
  out_.tensors_.push_back(tensor);
  return {};
}

Status GgufParser::place_tensors() {
  // The data starts at the next aligned position behind the list.
  const std::uint64_t position = cursor_.position();
  const std::uint64_t start =
      (position + alignment_ - 1) / alignment_ * alignment_;
  for (std::size_t i = 0; i < out_.tensors_.size(); ++i) {
    GgufTensor& tensor = out_.tensors_[i];
    const auto* traits =
        find_ggml_type(static_cast<std::uint32_t>(tensor.type));
    const auto bytes = ggml_tensor_bytes(*traits, tensor.rows(), tensor.cols());
    if (!bytes) {
      return broken("tensor " + in_quotes(tensor.name) + " of type " +
                    std::string(traits->name) + " cannot have the shape " +
                    tensor.shape_text());
    }
    if (offsets_[i] % alignment_ != 0) {
      return broken("tensor " + in_quotes(tensor.name) +
                    " does not start at an aligned offset");
    }
    if (start > bytes_.size() || offsets_[i] > bytes_.size() - start ||
        *bytes > bytes_.size() - start - offsets_[i]) {
      return broken("tensor " + in_quotes(tensor.name) +
                    " lies beyond the end of the file, which has " +
                    std::to_string(bytes_.size()) +
                    " bytes (an interrupted download?)");
    }
    tensor.data = bytes_.subspan(start + offsets_[i], *bytes);
  }
  return check_overlaps();
}

Status GgufParser::check_overlaps() const {
  std::vector<const GgufTensor*> sorted;
  for (const GgufTensor& tensor : out_.tensors_) sorted.push_back(&tensor);
  std::sort(sorted.begin(), sorted.end(),
            [](const GgufTensor* a, const GgufTensor* b) {
              return a->data.data() < b->data.data();
            });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const GgufTensor& previous = *sorted[i - 1];
    if (previous.data.data() + previous.data.size() > sorted[i]->data.data()) {
      return broken("tensors " + in_quotes(previous.name) + " and " +
                    in_quotes(sorted[i]->name) + " overlap");
    }
  }
  return {};
}

Result<GgufFile> GgufFile::open(const std::string& path) {
  Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped.ok()) return mapped.status();
  GgufFile file(std::move(*mapped));
  Status status = GgufParser(file).parse();
  if (!status.ok()) return status;
  const Result<std::uint64_t> parts =
      file.get_or<std::uint64_t>("split.count", 1);
  if (parts.ok() && *parts > 1) {
    return not_supported("'" + path + "' is one of " + std::to_string(*parts) +
                         " parts of a model; merge the parts into one GGUF "
                         "file first (gguf-split --merge)");
  }
  return file;
}

const GgufTensor* GgufFile::find_tensor(std::string_view name) const {
  const auto found = tensor_index_.find(name);
  return found == tensor_index_.end() ? nullptr : &tensors_[found->second];
}

}  // namespace etllm::importer
