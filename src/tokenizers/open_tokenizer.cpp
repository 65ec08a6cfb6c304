#include "tokenizers/open_tokenizer.h"

#include <pytorch/tokenizers/hf_tokenizer.h>
#include <pytorch/tokenizers/sentencepiece.h>
#include <pytorch/tokenizers/tekken.h>
#include <pytorch/tokenizers/tiktoken.h>

#include "tokenizers/formats/sentencepiece.h"
#include "tokenizers/formats/tekken.h"
#include "tokenizers/formats/tiktoken.h"

namespace tokenizers {
namespace {

using Opened = etllm::Result<std::unique_ptr<PipelineTokenizer>>;

template <typename Kind>
Opened open_as(std::string_view content, const std::string& name,
               std::string_view config_json) {
  auto tokenizer = std::make_unique<Kind>();
  const Error error = tokenizer->load_from_memory(content, name, config_json);
  if (error != Error::Ok) return etllm::invalid_data(tokenizer->failure());
  return std::unique_ptr<PipelineTokenizer>(std::move(tokenizer));
}

}  // namespace

std::string_view why_not_json_object(std::string_view content) {
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
  const std::size_t start = content.find_first_not_of(" \t\r\n");
  const bool is_object =
      start != std::string_view::npos && content[start] == '{';
  return is_object ? "" : "it does not begin with '{'";
}

Opened open_tokenizer(std::string_view content, const std::string& name,
                      std::string_view config_json) {
  if (why_not_json_object(content).empty()) {
    return pipeline::why_not_tekken(content).empty()
               ? open_as<Tekken>(content, name, config_json)
               : open_as<HFTokenizer>(content, name, config_json);
  }
  if (pipeline::why_not_tiktoken(content).empty()) {
    return open_as<Tiktoken>(content, name, config_json);
  }
  if (pipeline::why_not_sentencepiece(content).empty()) {
    return open_as<SPTokenizer>(content, name, config_json);
  }
  return etllm::invalid_data("the tokenizer of '" + name +
                             "' is in no format that is known; use the file "
                             "that belongs to the model");
}

}  // namespace tokenizers
