#include "sampling/filters.h"
#include "sampling/ids_at_least.h"

namespace etllm::sampling {

std::int32_t argmax(const LogitsBlocks& blocks) {
  std::int32_t first = -1;
  for_ids_at_least(blocks, blocks.maximum(), [&first](std::int32_t id) {
    first = id;
    return false;
  });
  return first;
}

}  // namespace etllm::sampling
