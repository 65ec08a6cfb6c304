#pragma once

// Where the data of a program lies in its file, behind the flatbuffer: the
// constants in one segment, each named blob in one of its own.

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "program/program_model.h"

namespace etllm::program {

/// Segments start on a page, so that they can be mapped.
inline constexpr std::uint64_t kSegmentAlignment = 4096;
/// Constants start on a cache line.
inline constexpr std::uint64_t kConstantAlignment = 64;

struct Segment {
  std::uint64_t offset = 0;  ///< From the segment base.
  std::uint64_t size_bytes = 0;
};

struct ProgramLayout {
  /// The constants' segment first, if there are constants; then one for each
  /// named blob.
  std::vector<Segment> segments;
  /// From the start of the constants' segment, one per constant.
  std::vector<std::uint64_t> constant_offsets;
  /// From the segment base to the end of the last segment.
  std::uint64_t data_bytes = 0;
};

/// Fails with kInvalidArgument when the data do not fit into 63 bits.
Result<ProgramLayout> lay_out_data(const ProgramModel& program);

}  // namespace etllm::program
