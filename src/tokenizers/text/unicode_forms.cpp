#include "tokenizers/text/unicode_forms.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "tokenizers/text/unicode_sets.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

struct Free {
  void operator()(utf8proc_uint8_t* text) const {
    std::free(text);  // NOLINT(cppcoreguidelines-*): a C library's memory
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

/// Appends the form of `text`, in which the library knows all characters.
etllm::Status append_form(UnicodeForm form, std::string_view text,
                          std::string& result) {
  if (is_ascii(text)) {
    result += text;
    return {};
  }
  utf8proc_uint8_t* raw = nullptr;
  const utf8proc_ssize_t size = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
      static_cast<utf8proc_ssize_t>(text.size()), &raw, options_of(form));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(raw);
  if (size < 0) {
    return etllm::invalid_argument(
        std::string("the text cannot be normalized: ") + utf8proc_errmsg(size));
  }
  result.append(reinterpret_cast<const char*>(owner.get()),
                static_cast<std::size_t>(size));
  return {};
}

}  // namespace

etllm::Status to_unicode_form(UnicodeForm form, std::string& text) {
  if (is_ascii(text)) return {};
  const std::string_view view = text;
  std::string result;
  result.reserve(text.size());
  std::size_t begin = 0;
  for (std::size_t at = 0; at < view.size();) {
    const CodePoint character = decode_utf8(view.data() + at);
    // What the library does not know neither changes nor combines, so what is
    // on its two sides is normalized apart.
    if (character.value >= 0x700 && is_unknown_to_forms(character.value)) {
      const auto status =
          append_form(form, view.substr(begin, at - begin), result);
      if (!status.ok()) return status;
      result += view.substr(at, character.length);
      begin = at + character.length;
    }
    at += character.length;
  }
  const auto status = append_form(form, view.substr(begin), result);
  if (status.ok()) text = std::move(result);
  return status;
}

}  // namespace tokenizers::pipeline
