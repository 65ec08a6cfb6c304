#pragma once

// Dates as text, always in English: what a prompt says must not depend on the
// locale of the machine.

#include <ctime>
#include <string>
#include <string_view>

#include "chat/template/budget.h"

namespace etllm::chat::jinja {

/// The conversions of C's `strftime` for dates and times, with `%-d` and its
/// like for numbers without padding. Other conversions stay as they are.
std::string format_time(Budget& budget, std::string_view format,
                        const std::tm& time);

}  // namespace etllm::chat::jinja
