#include "chat/template/budget.h"

#include "chat/template/template_error.h"
#include "chat/template/value.h"

namespace etllm::chat::jinja {

void Budget::spend_steps(std::uint64_t count) {
  if (count > kMaxSteps - steps_) {
    throw TemplateError(
        "the template does more work than is allowed; it probably loops "
        "without end");
  }
  steps_ += count;
}

void Budget::spend_text(std::uint64_t count) {
  if (count > kMaxTextBytes) {
    throw TemplateError("the template makes a text longer than 16 MiB");
  }
  spend_bytes(count);
}

void Budget::spend_walk(const Value& value) {
  if (value.is_string()) {
    spend_bytes(value.text().size());
  } else if (value.is_sequence()) {
    spend_steps();
    for (const Value& item : value.sequence().items) spend_walk(item);
  } else if (value.is_dict()) {
    spend_steps();
    for (const auto& [key, item] : value.dict().entries()) {
      spend_walk(key);
      spend_walk(item);
    }
  } else {
    spend_steps();
  }
}

Budget::Level::Level(Budget& budget) : budget_(budget) {
  if (budget_.depth_ >= kMaxEvaluationDepth) {
    throw TemplateError(
        "the template nests too deeply; a macro probably calls itself "
        "without end");
  }
  ++budget_.depth_;
}

}  // namespace etllm::chat::jinja
