#include "cli/log.h"

#include <executorch/runtime/platform/platform.h>

#include <cstdio>

namespace etllm::cli {
namespace {

void drop_message(et_timestamp_t, et_pal_log_level_t, const char*, const char*,
                  size_t, const char*, size_t) {}

void print_message(et_timestamp_t, et_pal_log_level_t level, const char* file,
                   const char*, size_t line, const char* message,
                   size_t length) {
  std::fprintf(stderr, "%c %s:%zu %.*s\n", static_cast<char>(level), file, line,
               static_cast<int>(length), message);
}

}  // namespace

void install_log(bool is_verbose) {
  using executorch::runtime::PalImpl;
  // Fails only for a null table, which this is not.
  static_cast<void>(executorch::runtime::register_pal(
      PalImpl::create(is_verbose ? print_message : drop_message, __FILE__)));
}

}  // namespace etllm::cli
