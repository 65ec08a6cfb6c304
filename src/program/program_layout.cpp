#include "program/program_layout.h"

#include <limits>

#include "program/checked_math.h"

namespace etllm::program {
namespace {

/// Appends `size_bytes` at the next multiple of `alignment` and returns where;
/// nullopt when the end does not fit into 63 bits.
std::optional<std::uint64_t> append(std::uint64_t& end,
                                    std::uint64_t size_bytes,
                                    std::uint64_t alignment) {
  const auto begin = checked_align(end, alignment);
  const auto new_end = begin ? checked_add(*begin, size_bytes) : std::nullopt;
  if (!new_end || *new_end > std::numeric_limits<std::int64_t>::max()) {
    return std::nullopt;
  }
  end = *new_end;
  return begin;
}

Status too_large() {
  return invalid_argument("the data of the program are too large for a file");
}

}  // namespace

Result<ProgramLayout> lay_out_data(const ProgramModel& program) {
  ProgramLayout layout;
  for (const ConstantData& constant : program.constants) {
    const auto offset =
        append(layout.data_bytes, constant.size_bytes, kConstantAlignment);
    if (!offset) return too_large();
    layout.constant_offsets.push_back(*offset);
  }
  if (!program.constants.empty()) {
    layout.segments.push_back({0, layout.data_bytes});
  }
  for (const NamedBlob& blob : program.named_data) {
    const auto offset =
        append(layout.data_bytes, blob.data.size_bytes, kSegmentAlignment);
    if (!offset) return too_large();
    layout.segments.push_back({*offset, blob.data.size_bytes});
  }
  return layout;
}

}  // namespace etllm::program
