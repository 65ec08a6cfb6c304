#include "runner/load_failure.h"

#include "runner/missing_parts.h"

namespace etllm::runner {
namespace {

using executorch::runtime::Error;

const char* reason_of(Error error) {
  switch (error) {
    case Error::OperatorMissing:
      return "it calls operators that nobody has registered; the log names "
             "them";
    case Error::NotFound:
      return "it needs weights in a data file that was not given, or a "
             "backend that nobody has registered; give the .ptd file that "
             "belongs to it, or link the backend";
    case Error::InvalidArgument:
      return "the file has no such method; `etllm inspect` lists those it has";
    case Error::MemoryAllocationFailed:
      return "there is not enough memory; use a smaller context";
    case Error::InvalidProgram:
    case Error::InvalidExternalData:
      return "the file is broken, or made for another version; export or "
             "import it again";
    default:
      return executorch::runtime::to_string(error);
  }
}

}  // namespace

std::string describe_load_failure(const std::string& model,
                                  const std::string& method, Error error,
                                  const std::string& detail) {
  std::string reason = detail;
  if (reason.empty()) {
    const std::string missing = describe_missing_parts(model, method);
    reason = missing.empty()
                 ? reason_of(error)
                 : "it needs what this process does not have: " + missing +
                       "; link what provides it";
  }
  return (model.empty() ? "the model" : "'" + model + "'") +
         " cannot be loaded, method '" + method + "': " + reason;
}

}  // namespace etllm::runner
