#include "base/large_pages.h"

#include <sys/mman.h>

namespace etllm {

void ask_for_large_pages([[maybe_unused]] void* memory,
                         [[maybe_unused]] std::size_t size) {
#ifdef MADV_HUGEPAGE
  ::madvise(memory, size, MADV_HUGEPAGE);
#endif
}

}  // namespace etllm
