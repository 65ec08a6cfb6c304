#include "kernels/threading/scratch.h"

#include <cstddef>
#include <vector>

namespace etllm::kernels {
namespace {

/// The unit of scratch memory, as aligned as the widest vector.
struct alignas(64) Line {
  std::byte bytes[64];
};

/// Grows and is kept.
class Scratch {
 public:
  std::byte* at_least(std::size_t bytes) {
    const std::size_t lines = bytes / sizeof(Line) + 1;
    // What was in it is of no use: it need not exist beside the larger one.
    if (lines > lines_.size()) lines_ = {};
    if (lines > lines_.size()) lines_.resize(lines);
    return lines_.data()->bytes;
  }

 private:
  std::vector<Line> lines_;
};

}  // namespace

std::byte* operator_scratch(std::size_t bytes) {
  thread_local Scratch scratch;
  return scratch.at_least(bytes);
}

std::byte* task_scratch(std::size_t bytes) {
  thread_local Scratch scratch;
  return scratch.at_least(bytes);
}

}  // namespace etllm::kernels
