#pragma once

#include <string>

namespace etllm::runner {

/// What `method` of the program in `model_path` calls and this process does
/// not have: operators and backends, by name, and the library that provides
/// each. Empty when nothing is missing or the file cannot be read.
std::string describe_missing_parts(const std::string& model_path,
                                   const std::string& method);

}  // namespace etllm::runner
