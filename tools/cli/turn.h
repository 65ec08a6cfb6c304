#pragma once

// One question of a conversation and its answer, with the chat template in
// between.

#include <string>

#include "base/status.h"
#include "chat/conversation.h"
#include "cli/answer.h"
#include "cli/interrupt.h"
#include "cli/loaded_model.h"
#include "cli/options.h"

namespace etllm::cli {

/// Whether the model says how a conversation is written, by a template or by
/// the tokens that one needs.
bool has_chat_format(const LoadedModel& model);

/// An empty conversation in the words of the model: its own template, else
/// one of the built-in ones. Fails when its template cannot be parsed.
Result<chat::Conversation> start_conversation(const LoadedModel& model,
                                              const std::string& system);

/// Adds the question, streams the answer to stdout and adds it too. What the
/// model has read already is not read again. A failure leaves `conversation`
/// as it was.
Result<Answer> ask(const LoadedModel& model, chat::Conversation& conversation,
                   const std::string& question, const RunOptions& options,
                   InterruptWatcher& interrupts);

}  // namespace etllm::cli
