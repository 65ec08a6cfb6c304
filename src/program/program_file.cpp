#include "program/program_file.h"

#include <cstring>

#include "program/checked_math.h"

namespace etllm::program {
namespace {

namespace fb = executorch_flatbuffer;

constexpr std::size_t kIdentifierOffset = 4;
constexpr std::size_t kHeaderOffset = 8;
constexpr std::size_t kHeaderBytes = 32;
// The first form of the header, without the size of the data.
constexpr std::size_t kMinHeaderBytes = 24;
// Real programs nest six levels deep.
constexpr flatbuffers::uoffset_t kMaxDepth = 32;
constexpr flatbuffers::uoffset_t kMaxTables = 10'000'000;

template <class T>
T read(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(value));
  return value;
}

bool has_text(std::span<const std::byte> bytes, std::size_t offset,
              const char* text) {
  return std::memcmp(bytes.data() + offset, text, 4) == 0;
}

Status not_a_program(const std::string& name) {
  return invalid_data("'" + name +
                      "' is not an ExecuTorch program (.pte); check the path, "
                      "or import the model with `etllm import`");
}

Status truncated(const std::string& name) {
  return invalid_data("'" + name +
                      "' is shorter than its header says; it was cut off, so "
                      "download, export or import it again");
}

}  // namespace

Result<ProgramFile> open_program(std::span<const std::byte> bytes,
                                 const std::string& name) {
  if (bytes.size() < kHeaderOffset + kHeaderBytes ||
      !has_text(bytes, kIdentifierOffset, fb::ProgramIdentifier())) {
    return not_a_program(name);
  }
  std::uint64_t program_bytes = bytes.size();
  ProgramFile file;
  if (has_text(bytes, kHeaderOffset, "eh00")) {
    program_bytes = read<std::uint64_t>(bytes, kHeaderOffset + 8);
    const auto base = read<std::uint64_t>(bytes, kHeaderOffset + 16);
    // Older headers end here and do not say how long the data are.
    const auto header_bytes = read<std::uint32_t>(bytes, kHeaderOffset + 4);
    const std::uint64_t data_bytes =
        header_bytes >= kHeaderBytes
            ? read<std::uint64_t>(bytes, kHeaderOffset + 24)
            : 0;
    if (header_bytes < kMinHeaderBytes || program_bytes > bytes.size() ||
        !fits_within(base, data_bytes, bytes.size())) {
      return truncated(name);
    }
    if (base != 0) file.segment_data = bytes.subspan(base);
    file.segment_base = base;
  }
  flatbuffers::Verifier verifier(
      reinterpret_cast<const std::uint8_t*>(bytes.data()), program_bytes,
      kMaxDepth, kMaxTables);
  if (program_bytes > FLATBUFFERS_MAX_BUFFER_SIZE ||
      !fb::VerifyProgramBuffer(verifier)) {
    return invalid_data("'" + name +
                        "' is a broken program; download, export or import it "
                        "again");
  }
  file.program = fb::GetProgram(bytes.data());
  return file;
}

}  // namespace etllm::program
