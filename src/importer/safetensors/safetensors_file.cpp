#include "importer/safetensors/safetensors_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "importer/safetensors/safetensors_header.h"
#include "importer/source/in_quotes.h"

namespace etllm::importer {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors files are read in place");

constexpr std::size_t kLengthBytes = 8;
// The format's own limit.
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;

struct TypeTraits {
  std::string_view name;
  SafetensorsType type;
  std::uint32_t bits;
};

constexpr std::array kTypes = {
    TypeTraits{"F32", SafetensorsType::kF32, 32},
    TypeTraits{"F16", SafetensorsType::kF16, 16},
    TypeTraits{"BF16", SafetensorsType::kBF16, 16},
    TypeTraits{"F8_E4M3", SafetensorsType::kF8E4M3, 8},
    TypeTraits{"F8_E5M2", SafetensorsType::kF8E5M2, 8},
    TypeTraits{"BOOL", SafetensorsType::kOther, 8},
    TypeTraits{"U8", SafetensorsType::kOther, 8},
    TypeTraits{"I8", SafetensorsType::kOther, 8},
    TypeTraits{"F8_E8M0", SafetensorsType::kOther, 8},
    TypeTraits{"U16", SafetensorsType::kOther, 16},
    TypeTraits{"I16", SafetensorsType::kOther, 16},
    TypeTraits{"U32", SafetensorsType::kOther, 32},
    TypeTraits{"I32", SafetensorsType::kOther, 32},
    TypeTraits{"F64", SafetensorsType::kOther, 64},
    TypeTraits{"U64", SafetensorsType::kOther, 64},
    TypeTraits{"I64", SafetensorsType::kOther, 64},
    TypeTraits{"C64", SafetensorsType::kOther, 64},
};

/// nullptr for types that were added to the format later; they are refused
/// where one is used.
const TypeTraits* find_type(std::string_view name) {
  for (const TypeTraits& traits : kTypes) {
    if (traits.name == name) return &traits;
  }
  return nullptr;
}

std::optional<std::uint64_t> tensor_bytes(const SafetensorsEntry& entry,
                                          std::uint32_t bits) {
  std::uint64_t bytes = bits / 8;
  for (const std::uint64_t extent : entry.shape) {
    if (__builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
  }
  return bytes;
}

/// What stands there in place of a model, as a clause with what to do.
std::string describe(std::string_view start) {
  if (start.starts_with("version https://git-lfs")) {
    return "it is a Git LFS pointer and not the model; fetch the file with git "
           "lfs pull";
  }
  if (start.starts_with("GGUF")) return "it is a GGUF file; rename it to .gguf";
  if (start.starts_with("<")) {
    return "it is a web page, so the download went wrong; download the file "
           "itself";
  }
  return "it does not start with the length of a header; download it again";
}

}  // namespace

Status SafetensorsFile::broken(const std::string& what) const {
  return invalid_data("'" + path() + "' is a damaged safetensors file: " +
                      what + "; download it again");
}

Status SafetensorsFile::parse() {
  const auto bytes = file_.bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              bytes.size());
  std::uint64_t header_bytes = 0;
  if (text.size() > kLengthBytes) {
    std::memcpy(&header_bytes, text.data(), kLengthBytes);
  }
  if (header_bytes < 2 || header_bytes > kMaxHeaderBytes ||
      text[kLengthBytes] != '{') {
    return invalid_data("'" + path() +
                        "' is not a safetensors file: " + describe(text));
  }
  if (header_bytes > text.size() - kLengthBytes) {
    return broken("it ends inside its header (an interrupted download?)");
  }
  auto entries =
      parse_safetensors_header(text.substr(kLengthBytes, header_bytes));
  if (!entries.ok()) return broken(entries.status().message());
  Status status =
      place(std::move(*entries), bytes.subspan(kLengthBytes + header_bytes));
  return status.ok() ? check_overlaps() : status;
}

Status SafetensorsFile::place(std::vector<SafetensorsEntry> entries,
                              std::span<const std::byte> data) {
  for (SafetensorsEntry& entry : entries) {
    const auto [begin, end] = entry.offsets;
    if (begin > end || end > data.size()) {
      return broken("tensor " + in_quotes(entry.name) +
                    " lies beyond the end of the file, which has " +
                    std::to_string(file_.bytes().size()) +
                    " bytes (an interrupted download?)");
    }
    const TypeTraits* traits = find_type(entry.type_name);
    if (traits != nullptr && tensor_bytes(entry, traits->bits) != end - begin) {
      return broken("tensor " + in_quotes(entry.name) + " of type " +
                    std::string(traits->name) + " has " +
                    std::to_string(end - begin) +
                    " bytes, which is not what its shape needs");
    }
    index_.emplace(entry.name, tensors_.size());
    tensors_.push_back(
        {std::move(entry.name),
         traits == nullptr ? SafetensorsType::kOther : traits->type,
         std::move(entry.type_name), std::move(entry.shape),
         data.subspan(begin, end - begin)});
  }
  return {};
}

Status SafetensorsFile::check_overlaps() const {
  std::vector<const SafetensorsTensor*> sorted;
  for (const SafetensorsTensor& tensor : tensors_) {
    if (!tensor.data.empty()) sorted.push_back(&tensor);
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
    return a->data.data() < b->data.data();
  });
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const SafetensorsTensor& previous = *sorted[i - 1];
    if (previous.data.data() + previous.data.size() > sorted[i]->data.data()) {
      return broken("tensors " + in_quotes(previous.name) + " and " +
                    in_quotes(sorted[i]->name) + " overlap");
    }
  }
  return {};
}

Result<SafetensorsFile> SafetensorsFile::open(const std::string& path) {
  Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped.ok()) return mapped.status();
  SafetensorsFile file(std::move(*mapped));
  Status status = file.parse();
  if (!status.ok()) return status;
  return file;
}

const SafetensorsTensor* SafetensorsFile::find_tensor(
    const std::string& name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

}  // namespace etllm::importer
