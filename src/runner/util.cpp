#include <executorch/extension/llm/runner/util.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <fstream>

#include "engine/utf8_stream.h"

namespace executorch::extension::llm {

using ::executorch::aten::ScalarType;
using ::executorch::runtime::Error;
using ::executorch::runtime::Result;

void safe_printf(const char* piece) {
  if (piece == nullptr || piece[0] == '\0') return;
  if (piece[1] == '\0') {
    const auto byte = static_cast<unsigned char>(piece[0]);
    if (std::isprint(byte) == 0 && std::isspace(byte) == 0) return;
  }
  std::printf("%s", piece);
}

long time_in_ms() {
  return static_cast<long>(
      std::chrono::duration_cast<std::chrono::milliseconds>(
          std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

size_t get_rss_bytes() {
  // The second number is the resident pages of this process.
  std::ifstream statm("/proc/self/statm");
  size_t total_pages = 0;
  size_t resident_pages = 0;
  if (!(statm >> total_pages >> resident_pages)) return 0;
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  return page_bytes > 0 ? resident_pages * static_cast<size_t>(page_bytes) : 0;
}

size_t utf8_complete_prefix_len(const std::string& text) {
  return text.size() - ::etllm::engine::incomplete_utf8_tail(text);
}

size_t stop_safe_prefix_len(const std::string& text,
                            const std::vector<std::string>& stops,
                            bool& stop_hit) {
  size_t first = std::string::npos;
  size_t longest = 0;
  for (const std::string& stop : stops) {
    if (stop.empty()) continue;
    longest = std::max(longest, stop.size());
    first = std::min(first, text.find(stop));
  }
  stop_hit = first != std::string::npos;
  if (stop_hit) return first;
  if (longest == 0) return text.size();
  const size_t held_back = std::min(text.size(), longest - 1);
  return utf8_complete_prefix_len(text.substr(0, text.size() - held_back));
}

Result<TensorPtr> populate_start_pos_or_cache_position(
    Module* module, int64_t& start_pos, std::vector<int64_t>& cache_positions,
    int seq_len, const char* method_name) {
  if (module == nullptr || seq_len < 1) return Error::InvalidArgument;
  const auto method = module->method_meta(method_name);
  if (!method.ok()) return method.error();
  const auto positions = method->input_tensor_meta(1);
  if (!positions.ok()) return positions.error();
  const auto sizes = positions->sizes();
  if (std::none_of(sizes.begin(), sizes.end(),
                   [](auto size) { return size > 1; })) {
    return from_blob(&start_pos, {1}, ScalarType::Long);
  }
  cache_positions.resize(static_cast<size_t>(seq_len));
  for (size_t i = 0; i < cache_positions.size(); ++i) {
    cache_positions[i] = start_pos + static_cast<int64_t>(i);
  }
  return from_blob(cache_positions.data(), {seq_len}, ScalarType::Long);
}

Result<TensorPtr> convert_to_bfloat16(const TensorPtr& source) {
  if (source == nullptr || source->scalar_type() != ScalarType::Float) {
    return Error::InvalidArgument;
  }
  const auto* data = source->const_data_ptr<float>();
  std::vector<::executorch::aten::BFloat16> converted(data,
                                                      data + source->numel());
  std::vector<::executorch::aten::SizesType> sizes(source->sizes().begin(),
                                                   source->sizes().end());
  return make_tensor_ptr(std::move(sizes), std::move(converted));
}

}  // namespace executorch::extension::llm
