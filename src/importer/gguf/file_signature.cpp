#include "importer/gguf/file_signature.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace etllm::importer {
namespace {

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view description;
};

constexpr std::string_view kOldGgml =
    "it is a GGML file of before GGUF; convert the original model to GGUF";
constexpr std::string_view kWebPage =
    "it is a web page, so the download went wrong; download the file itself";

constexpr std::array kSignatures = {
    Signature{0, "lmgg", kOldGgml},
    Signature{0, "fmgg", kOldGgml},
    Signature{0, "tjgg", kOldGgml},
    Signature{4, "ET12",
              "it is an ExecuTorch program already; run it, there is nothing "
              "to import"},
    Signature{0, "PK\x03\x04",
              "it is a zip archive or a PyTorch checkpoint; give a GGUF file"},
    Signature{0, "\x1f\x8b", "it is compressed with gzip; unpack it first"},
    Signature{0, "\x28\xb5\x2f\xfd",
              "it is compressed with zstd; unpack it first"},
    Signature{0,
              "\xfd"
              "7zXZ",
              "it is compressed with xz; unpack it first"},
    Signature{0, "version https://git-lfs",
              "it is a Git LFS pointer and not the model; fetch the file with "
              "git lfs pull"},
    Signature{0, "<!DOCTYPE", kWebPage},
    Signature{0, "<!doctype", kWebPage},
    Signature{0, "<html", kWebPage},
    Signature{8, "{\"", "it looks like a safetensors file; give a GGUF file"},
    Signature{0, "{", "it is a JSON text; give a GGUF file"},
};

bool matches(std::string_view text, const Signature& signature) {
  return text.size() >= signature.offset &&
         text.substr(signature.offset).starts_with(signature.bytes);
}

}  // namespace

bool has_gguf_magic(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              bytes.size());
  return text.starts_with("GGUF");
}

std::string describe_signature(std::span<const std::byte> bytes) {
  if (bytes.empty()) return "it is empty; download it again";
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              std::min<std::size_t>(bytes.size(), 64));
  for (const Signature& signature : kSignatures) {
    if (matches(text, signature)) return std::string(signature.description);
  }
  return "it does not start with 'GGUF'; check that it is the right file";
}

}  // namespace etllm::importer
