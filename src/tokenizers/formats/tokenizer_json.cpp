#include "tokenizers/formats/tokenizer_json.h"

#include <limits>
#include <utility>

namespace tokenizers::pipeline {
namespace {

/// Deeper files are refused: no tokenizer needs it, and every component would
/// have to guard against it.
constexpr std::size_t kMaxDepth = 64;

/// The handler of nlohmann's parser. A table is a value of `model` that does
/// not become JSON; `table_depth_` counts its brackets.
class Reader final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override {
    if (table_ == Table::kNone) return add(value);
    return table_number(static_cast<double>(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (table_ == Table::kNone) return add(value);
    return table_number(static_cast<double>(value));
  }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    if (table_ == Table::kNone) return add(value);
    return table_number(value);
  }
  bool string(string_t& value) override {
    if (table_ == Table::kNone) return add(std::move(value));
    return table_string(value);
  }
  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*size*/) override {
    if (table_ == Table::kNone && begins_table(/*object=*/true)) return true;
    return table_ == Table::kNone ? open(Json::object()) : wrong_table();
  }
  bool end_object() override {
    return table_ == Table::kNone ? close() : end_table();
  }
  bool start_array(std::size_t /*size*/) override {
    if (table_ == Table::kNone && begins_table(/*object=*/false)) return true;
    if (table_ == Table::kNone) return open(Json::array());
    if (table_ == Table::kVocabulary || in_row_) return wrong_table();
    in_row_ = true;
    return true;
  }
  bool end_array() override {
    if (table_ == Table::kNone) return close();
    return in_row_ ? end_row() : end_table();
  }
  bool key(string_t& name) override {
    if (table_ == Table::kNone) {
      key_ = std::move(name);
    } else {
      piece_ = std::move(name);
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return fail("it is not valid JSON at byte " + std::to_string(position));
  }

  const std::string& failure() const { return failure_; }
  TokenizerJson take() { return std::move(result_); }

 private:
  enum class Table { kNone, kVocabulary, kScores, kMerges };

  bool fail(std::string sentence) {
    if (failure_.empty()) failure_ = std::move(sentence);
    return false;
  }

  bool wrong_table() {
    return fail(table_ == Table::kMerges
                    ? "model.merges is not a list of merges"
                    : "model.vocab is not a table of pieces and numbers");
  }

  /// Puts `value` where the parser is, and returns its place.
  Json* place(Json value) {
    if (open_.empty()) {
      result_.root = std::move(value);
      return &result_.root;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }

  bool add(Json value) {
    if (table_ != Table::kNone) return wrong_table();
    place(std::move(value));
    return true;
  }

  bool open(Json value) {
    if (open_.size() >= kMaxDepth) return fail("it is nested too deeply");
    if (open_.size() == 1) in_model_ = key_ == "model";
    open_.push_back(place(std::move(value)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  bool begins_table(bool object) {
    if (open_.size() != 2 || !in_model_ || !open_.back()->is_object()) {
      return false;
    }
    if (key_ == "merges" && !object) {
      table_ = Table::kMerges;
      result_.merges = {};
    } else if (key_ == "vocab") {
      table_ = object ? Table::kVocabulary : Table::kScores;
      result_.has_vocabulary = true;
      result_.vocabulary = {};
      result_.scores.clear();
    }
    return table_ != Table::kNone;
  }

  bool end_table() {
    table_ = Table::kNone;
    return true;
  }

  bool table_number(double value) {
    if (table_ == Table::kVocabulary) {
      if (!(value >= 0 && value <= std::numeric_limits<Id>::max()) ||
          value != static_cast<double>(static_cast<Id>(value))) {
        return wrong_table();
      }
      result_.vocabulary.append(piece_, static_cast<Id>(value));
      return true;
    }
    if (table_ != Table::kScores || !in_row_ || row_size_ != 1) {
      return wrong_table();
    }
    result_.vocabulary.append(piece_, static_cast<Id>(result_.scores.size()));
    result_.scores.push_back(value);
    ++row_size_;
    return true;
  }

  bool table_string(string_t& value) {
    if (table_ == Table::kVocabulary) return wrong_table();
    if (!in_row_) return table_ == Table::kMerges && split_merge(value);
    if (row_size_ == 0) {
      piece_ = std::move(value);
    } else if (table_ == Table::kMerges && row_size_ == 1) {
      result_.merges.append(piece_, value);
    } else {
      return wrong_table();
    }
    ++row_size_;
    return true;
  }

  /// A merge that is written as "left right".
  bool split_merge(std::string_view text) {
    // Files of before version 0.2 of the format carry the header of merges.txt.
    if (text.starts_with("#version")) return true;
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos ||
        text.find(' ', space + 1) != std::string_view::npos) {
      return fail("model.merges has an entry that is not two pieces: '" +
                  std::string(text.substr(0, 40)) + "'");
    }
    result_.merges.append(text.substr(0, space), text.substr(space + 1));
    return true;
  }

  bool end_row() {
    if (row_size_ != 2) return wrong_table();
    in_row_ = false;
    row_size_ = 0;
    return true;
  }

  TokenizerJson result_;
  std::vector<Json*> open_;  // from the root to the innermost open value
  std::string key_;
  bool in_model_ = false;
  Table table_ = Table::kNone;
  bool in_row_ = false;
  int row_size_ = 0;
  std::string piece_;
  std::string failure_;
};

}  // namespace

void MergeList::append(std::string_view left, std::string_view right) {
  text_ += left;
  text_ += right;
  lengths_.push_back({static_cast<std::uint32_t>(left.size()),
                      static_cast<std::uint32_t>(right.size())});
}

etllm::Result<TokenizerJson> parse_tokenizer_json(std::string_view text) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    return etllm::not_supported("it is larger than 4 GB");
  }
  Reader reader;
  const bool parsed = Json::sax_parse(text.begin(), text.end(), &reader);
  if (!parsed) return etllm::invalid_data(reader.failure());
  TokenizerJson result = reader.take();
  if (!result.root.is_object()) {
    return etllm::invalid_data("it is not a JSON object");
  }
  const etllm::Status indexed = result.vocabulary.build_index(
      /*keep_duplicates=*/!result.scores.empty());
  if (!indexed.ok()) return indexed;
  return result;
}

}  // namespace tokenizers::pipeline
