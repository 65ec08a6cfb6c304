#include "engine/answer_text.h"

#include <utility>

namespace etllm::engine {

AnswerText::AnswerText(const tokenizers::Tokenizer& tokenizer,
                       std::uint64_t previous_token,
                       std::vector<std::string> stops, TextCallback callback)
    : tokenizer_(tokenizer),
      previous_token_(previous_token),
      stop_matcher_(std::move(stops)),
      callback_(std::move(callback)) {}

Status AnswerText::append(std::uint64_t token) {
  const auto piece = tokenizer_.decode(previous_token_, token);
  if (!piece.ok()) {
    return invalid_data("the model answered with token " +
                        std::to_string(token) +
                        ", which the tokenizer does not know; the tokenizer "
                        "does not belong to this model");
  }
  previous_token_ = token;
  deliver(stop_matcher_.push(utf8_stream_.push(*piece)));
  return {};
}

void AnswerText::finish() {
  deliver(stop_matcher_.push(utf8_stream_.flush()));
  deliver(stop_matcher_.flush());
}

void AnswerText::deliver(std::string_view text) {
  if (text.empty() || !callback_) return;
  delivered_.assign(text);
  callback_(delivered_);
}

}  // namespace etllm::engine
