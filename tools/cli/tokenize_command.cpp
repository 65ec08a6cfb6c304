// `etllm tokenize`: text to tokens and back.

#include <executorch/extension/llm/runner/llm_runner_helper.h>

#include <charconv>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/input.h"
#include "cli/loaded_model.h"
#include "cli/terminal.h"

namespace etllm::cli {
namespace {

using Tokens = std::vector<std::uint64_t>;

/// Numbers separated by spaces, commas or brackets.
Result<Tokens> parse_ids(const std::string& text) {
  Tokens ids;
  const char* position = text.data();
  const char* const end = position + text.size();
  const std::string separators = " ,[]\t\r\n";
  while (position != end) {
    if (separators.find(*position) != std::string::npos) {
      ++position;
      continue;
    }
    std::uint64_t id = 0;
    const auto [next, error] = std::from_chars(position, end, id);
    if (error != std::errc()) {
      return invalid_argument("'" + std::string(position, end) +
                              "' is not a list of token ids; give numbers, "
                              "such as 1 2 3");
    }
    ids.push_back(id);
    position = next;
  }
  return ids;
}

Status print_text(const tokenizers::Tokenizer& tokenizer, const Tokens& ids) {
  std::string all;
  std::uint64_t previous = tokenizer.bos_tok();
  for (const std::uint64_t id : ids) {
    const auto text = tokenizer.decode(previous, id);
    if (!text.ok()) {
      return invalid_argument(
          "token " + std::to_string(id) + " is not in the vocabulary of " +
          std::to_string(tokenizer.vocab_size()) + " tokens");
    }
    all += text.get();
    previous = id;
  }
  all += '\n';
  std::fwrite(all.data(), 1, all.size(), stdout);
  return {};
}

/// One line per token: id and text, quoted so that spaces can be seen.
void print_tokens(const tokenizers::Tokenizer& tokenizer, const Tokens& ids) {
  std::uint64_t previous = tokenizer.bos_tok();
  for (const std::uint64_t id : ids) {
    const auto text = tokenizer.decode(previous, id);
    const nlohmann::json quoted = text.ok() ? text.get() : std::string();
    std::printf(
        "%6llu -> %s\n", static_cast<unsigned long long>(id),
        quoted.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
            .c_str());
    previous = id;
  }
}

Status tokenize(const tokenizers::Tokenizer& tokenizer,
                const TokenizeOptions& options, const std::string& text) {
  const auto ids = tokenizer.encode(text, options.no_bos ? 0 : 1, 0);
  if (!ids.ok()) return invalid_data("the text cannot be tokenized");
  if (options.ids_only) {
    std::printf("%s\n", nlohmann::json(ids.get()).dump().c_str());
  } else {
    print_tokens(tokenizer, ids.get());
  }
  return {};
}

}  // namespace

int tokenize_command(const TokenizeOptions& options) {
  const Status importable = check_not_gguf(options.model);
  if (!importable.ok()) return fail(importable.message());
  std::string sentence;
  const auto tokenizer = executorch::extension::llm::load_tokenizer(
      options.model, nullptr, std::nullopt, /*bos_token_index=*/0,
      /*eos_token_index=*/1, &sentence);
  if (!tokenizer) return fail(sentence);

  const Result<std::string> text = text_or_stdin(options.text);
  if (!text.ok()) return fail(text.status().message());
  if (!options.decode) {
    const Status status = tokenize(*tokenizer, options, *text);
    return status.ok() ? 0 : fail(status.message());
  }
  const Result<Tokens> ids = parse_ids(*text);
  if (!ids.ok()) return fail(ids.status().message());
  const Status status = print_text(*tokenizer, *ids);
  return status.ok() ? 0 : fail(status.message());
}

}  // namespace etllm::cli
