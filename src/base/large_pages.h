#pragma once

#include <cstddef>

namespace etllm {

/// Asks for large pages in mapped memory, where the system has a way to ask;
/// whether there are any is up to it. Before the memory is touched.
void ask_for_large_pages(void* memory, std::size_t size);

}  // namespace etllm
