#include "chat/template/attribute_path.h"

#include <algorithm>
#include <charconv>

#include "chat/template/subscript.h"
#include "chat/template/text_operations.h"
#include "chat/template/unicode.h"

namespace etllm::chat::jinja {
namespace {

Value step_of(std::string_view text) {
  std::int64_t index = 0;
  const bool is_number =
      !text.empty() && std::all_of(text.begin(), text.end(),
                                   [](char c) { return c >= '0' && c <= '9'; });
  if (is_number) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), index);
    if (error == std::errc()) return Value::integer(index);
  }
  return Value::string(std::string(text));
}

}  // namespace

AttributePath::AttributePath(RenderContext& context, const Value& path)
    : context_(context) {
  if (path.is_string()) {
    for (const std::string_view step :
         split_at(context.budget(), path.text(), ".", kUnlimited, false)) {
      steps_.push_back(step_of(step));
    }
  } else if (!path.is_none()) {
    steps_.push_back(path);
  }
}

Value AttributePath::get(const Value& item, const Value* fallback) const {
  Value value = item;
  for (const Value& step : steps_) {
    context_.budget().spend_steps();
    value = get_item(context_, value, step);
    if (value.is_undefined() && fallback != nullptr) value = *fallback;
  }
  return value;
}

Value AttributePath::key(const Value& item, bool case_sensitive) const {
  Value value = get(item);
  if (case_sensitive || !value.is_string()) return value;
  return context_.string(in_case(value.text(), LetterCase::kLower));
}

}  // namespace etllm::chat::jinja
