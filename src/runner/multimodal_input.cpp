#include <executorch/extension/llm/runner/multimodal_input.h>

namespace executorch::extension::llm {

MultimodalInput::Type MultimodalInput::get_type() const noexcept {
  if (is_text()) return Type::TEXT;
  if (is_tokens()) return Type::TOKENS;
  return Type::UNSUPPORTED;
}

MultimodalInput make_text_input(std::string text) {
  return MultimodalInput(std::move(text));
}

MultimodalInput make_token_input(std::vector<uint64_t> tokens) {
  return MultimodalInput(std::move(tokens));
}

}  // namespace executorch::extension::llm
