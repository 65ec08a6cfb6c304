#pragma once

// Formatting of one value by a format specification, which `'%5.2f' % x` and
// `'{:5.2f}'.format(x)` write differently and mean alike.

#include <optional>
#include <string>
#include <string_view>

#include "chat/template/budget.h"
#include "chat/template/value.h"

namespace etllm::chat::jinja {

/// A parsed specification. Zero characters mean "not given".
struct FormatSpec {
  std::string fill = " ";
  char align = 0;  ///< `<`, `>`, `^` or `=`.
  char sign = 0;   ///< `+`, `-` or a space.
  bool alternate = false;
  char grouping = 0;  ///< `,` or `_`.
  int width = 0;
  std::optional<int> precision;
  char type = 0;
};

/// Widest field and most digits that a specification may ask for.
inline constexpr int kMaxFormatWidth = 100'000;
inline constexpr int kMaxFormatPrecision = 300;

/// A number written at `position` of `text`, which moves behind it; nothing
/// where there is no digit. Throws `TemplateError` above kMaxFormatWidth.
std::optional<int> read_format_number(std::string_view text,
                                      std::size_t& position);

/// Throws `TemplateError` when the type does not fit the specification.
std::string format_number(Budget& budget, const Value& value,
                          const FormatSpec& spec);
std::string format_text(Budget& budget, std::string_view text,
                        const FormatSpec& spec);

}  // namespace etllm::chat::jinja
