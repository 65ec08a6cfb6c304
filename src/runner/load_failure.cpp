#include "runner/load_failure.h"

namespace etllm::runner {
namespace {

using executorch::runtime::Error;

const char* reason_of(Error error) {
  switch (error) {
    case Error::OperatorMissing:
      return "it needs operators that this program does not have; the log "
             "names them";
    case Error::NotFound:
      return "it needs a backend that this program does not have, or weights "
             "in a data file that was not given; link the backend, or give "
             "the .ptd file that belongs to it";
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
  return (model.empty() ? "the model" : "'" + model + "'") +
         " cannot be loaded, method '" + method +
         "': " + (detail.empty() ? reason_of(error) : detail);
}

}  // namespace etllm::runner
