#include "cli/input.h"

#include <array>
#include <cstdio>

#include "base/mapped_file.h"
#include "cli/terminal.h"

namespace etllm::cli {
namespace {

// Far more than any context holds; keeps a mistake from filling the memory.
constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20;

Status too_long(const std::string& source) {
  return invalid_argument(source + " has more than 64 MiB of text; give less");
}

}  // namespace

Result<std::string> text_or_stdin(const std::string& text) {
  if (!text.empty() || stdin_is_terminal()) return text;
  std::string input;
  std::array<char, 65536> buffer{};
  std::size_t count = 0;
  while ((count = std::fread(buffer.data(), 1, buffer.size(), stdin)) > 0) {
    if (input.size() + count > kMaxTextBytes) {
      return too_long("standard input");
    }
    input.append(buffer.data(), count);
  }
  return input;
}

Result<std::string> read_text_file(const std::string& path) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file.ok()) return file.status();
  const auto bytes = file->bytes();
  if (bytes.size() > kMaxTextBytes) return too_long("'" + path + "'");
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace etllm::cli
