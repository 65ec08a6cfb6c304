#include "kernels/threading/scratch.h"

#include <memory>
#include <new>

namespace etllm::kernels {
namespace {

constexpr std::align_val_t kAlignment{64};

struct Free {
  void operator()(std::byte* memory) const {
    ::operator delete(memory, kAlignment);
  }
};

struct Scratch {
  std::unique_ptr<std::byte, Free> memory;
  std::size_t size = 0;
};

}  // namespace

std::byte* thread_scratch(std::size_t bytes) {
  thread_local Scratch scratch;
  if (bytes > scratch.size) {
    scratch.memory.reset();
    scratch.size = 0;
    scratch.memory.reset(
        static_cast<std::byte*>(::operator new(bytes, kAlignment)));
    scratch.size = bytes;
  }
  return scratch.memory.get();
}

}  // namespace etllm::kernels
