#include "tokenizers/text/unicode_forms.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace tokenizers::pipeline {
namespace {

struct Free {
  void operator()(utf8proc_uint8_t* text) const {
    std::free(text);  // NOLINT(cppcoreguidelines-no-malloc)
  }
};

utf8proc_option_t options_of(UnicodeForm form) {
  int options = UTF8PROC_STABLE;
  const bool composed = form == UnicodeForm::kNfc || form == UnicodeForm::kNfkc;
  options |= composed ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
  if (form == UnicodeForm::kNfkc || form == UnicodeForm::kNfkd) {
    options |= UTF8PROC_COMPAT;
  }
  return static_cast<utf8proc_option_t>(options);
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<signed char>(c) >= 0; });
}

}  // namespace

etllm::Status to_unicode_form(UnicodeForm form, std::string& text) {
  if (is_ascii(text)) return {};
  utf8proc_uint8_t* raw = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(text.size()), &raw, options_of(form));
  const std::unique_ptr<utf8proc_uint8_t, Free> result(raw);
  if (size < 0) {
    return etllm::invalid_argument(
        std::string("the text cannot be normalized: ") + utf8proc_errmsg(size));
  }
  text.assign(reinterpret_cast<const char*>(result.get()),
              static_cast<std::size_t>(size));
  return {};
}

}  // namespace tokenizers::pipeline
