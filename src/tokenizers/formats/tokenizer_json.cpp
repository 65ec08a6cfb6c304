#include "tokenizers/formats/tokenizer_json.h"

#include <limits>
#include <string>
#include <utility>

#include "tokenizers/formats/json_document.h"

namespace tokenizers::pipeline {
namespace {

namespace dom = simdjson::dom;

etllm::Status wrong_vocabulary() {
  return etllm::invalid_data(
      "model.vocab is not a table of pieces and numbers");
}

etllm::Status wrong_merges() {
  return etllm::invalid_data("model.merges is not a list of merges");
}

/// The two values of a list of two.
bool read_pair(dom::element row, dom::element& first, dom::element& second) {
  dom::array values;
  if (row.get(values) || values.size() != 2) return false;
  auto value = values.begin();
  first = *value;
  second = *++value;
  return true;
}

/// Pieces and their ids.
etllm::Status read_pieces(dom::object pieces, Vocabulary& vocabulary) {
  vocabulary.reserve(pieces.size());
  for (const dom::key_value_pair entry : pieces) {
    double id = 0;
    if (entry.value.get(id) ||
        !(id >= 0 && id <= std::numeric_limits<Id>::max()) ||
        id != static_cast<double>(static_cast<Id>(id))) {
      return wrong_vocabulary();
    }
    vocabulary.append(entry.key, static_cast<Id>(id));
  }
  return {};
}

/// Pairs of a piece and its score, in the order of the ids.
etllm::Status read_scored_pieces(dom::array rows, TokenizerJson& file) {
  for (const dom::element row : rows) {
    dom::element first;
    dom::element second;
    std::string_view piece;
    double score = 0;
    if (!read_pair(row, first, second) || first.get(piece) ||
        second.get(score)) {
      return wrong_vocabulary();
    }
    file.vocabulary.append(piece, static_cast<Id>(file.scores.size()));
    file.scores.push_back(score);
  }
  return {};
}

/// A merge that is written as "left right".
etllm::Status split_merge(std::string_view text, MergeList& merges) {
  // Files of before version 0.2 of the format carry the header of merges.txt.
  if (text.starts_with("#version")) return {};
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos ||
      text.find(' ', space + 1) != std::string_view::npos) {
    return etllm::invalid_data(
        "model.merges has an entry that is not two pieces: '" +
        std::string(text.substr(0, 40)) + "'");
  }
  merges.append(text.substr(0, space), text.substr(space + 1));
  return {};
}

etllm::Status read_merges(dom::array list, MergeList& merges) {
  merges.reserve(list.size());
  for (const dom::element entry : list) {
    std::string_view text;
    if (!entry.get(text)) {
      const etllm::Status split = split_merge(text, merges);
      if (!split.ok()) return split;
      continue;
    }
    dom::element first;
    dom::element second;
    std::string_view left;
    std::string_view right;
    if (!read_pair(entry, first, second) || first.get(left) ||
        second.get(right)) {
      return wrong_merges();
    }
    merges.append(left, right);
  }
  return {};
}

/// Reads the field `vocab` if `value` is a table of one of the two forms.
/// Of equal keys the last one counts.
etllm::Status read_vocabulary(dom::element value, TokenizerJson& file) {
  dom::object pieces;
  dom::array rows;
  file.vocabulary = {};
  file.scores.clear();
  file.has_vocabulary = true;
  if (!value.get(pieces)) return read_pieces(pieces, file.vocabulary);
  if (!value.get(rows)) return read_scored_pieces(rows, file);
  file.has_vocabulary = false;
  return {};
}

/// The field `model`, whose tables do not become JSON.
etllm::Status read_model(dom::object model, TokenizerJson& file) {
  Json& rest = file.root["model"] = Json::object();
  for (const dom::key_value_pair field : model) {
    etllm::Status read;
    dom::array merges;
    if (field.key == "vocab") {
      read = read_vocabulary(field.value, file);
    } else if (field.key == "merges" && !field.value.get(merges)) {
      file.merges = {};
      read = read_merges(merges, file.merges);
    } else {
      rest[std::string(field.key)] = to_json(field.value);
    }
    if (!read.ok()) return read;
  }
  return {};
}

}  // namespace

void MergeList::append(std::string_view left, std::string_view right) {
  text_ += left;
  text_ += right;
  lengths_.push_back({static_cast<std::uint32_t>(left.size()),
                      static_cast<std::uint32_t>(right.size())});
}

etllm::Result<TokenizerJson> parse_tokenizer_json(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  if (!document.ok()) return document.status();
  dom::object root;
  if (document->root().get(root)) {
    return etllm::invalid_data("it is not a JSON object");
  }
  TokenizerJson result;
  result.root = Json::object();
  for (const dom::key_value_pair field : root) {
    dom::object model;
    if (field.key == "model" && !field.value.get(model)) {
      const etllm::Status read = read_model(model, result);
      if (!read.ok()) return read;
    } else {
      result.root[std::string(field.key)] = to_json(field.value);
    }
  }
  const etllm::Status indexed = result.vocabulary.build_index(
      /*keep_duplicates=*/!result.scores.empty());
  if (!indexed.ok()) return indexed;
  return result;
}

}  // namespace tokenizers::pipeline
