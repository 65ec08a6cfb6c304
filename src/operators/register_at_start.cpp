// Linking this file is all that a program needs to have our operators.

#include "operators/register.h"

namespace {

struct RegisterAtStart {
  RegisterAtStart() { etllm::operators::register_operators(); }
};

const RegisterAtStart kRegisterAtStart;

}  // namespace

// The name by which linkers are asked for this file (CMakeLists.txt), which
// they would leave in its archive otherwise: nothing calls it.
extern "C" {
extern const char etllm_operators_register_at_start;
const char etllm_operators_register_at_start = 1;
}
