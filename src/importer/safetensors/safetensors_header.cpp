#include "importer/safetensors/safetensors_header.h"

#include <nlohmann/json.hpp>
#include <unordered_set>
#include <utility>

#include "importer/source/in_quotes.h"

namespace etllm::importer {
namespace {

using Json = nlohmann::json;

// Far above any real model; they bound the memory a hostile file can take.
constexpr std::size_t kMaxTensors = 262'144;
constexpr std::size_t kMaxNameBytes = 1'024;
constexpr std::size_t kMaxDims = 8;

/// The handler of nlohmann's parser: a header has one shape, so its values go
/// straight to their places and nothing else is kept.
class HeaderReader final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return unexpected("null"); }
  bool boolean(bool /*value*/) override { return unexpected("a boolean"); }
  bool number_integer(number_integer_t /*value*/) override {
    return unexpected("a negative number");
  }
  bool number_unsigned(number_unsigned_t value) override;
  bool number_float(number_float_t /*value*/,
                    const string_t& /*text*/) override {
    return unexpected("a fraction");
  }
  bool string(string_t& value) override;
  bool binary(binary_t& /*value*/) override { return unexpected("bytes"); }

  bool start_object(std::size_t /*size*/) override;
  bool end_object() override;
  bool start_array(std::size_t /*size*/) override;
  bool end_array() override;
  bool key(string_t& name) override;

  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return fail("its header is not valid JSON at byte " +
                std::to_string(position));
  }

  const std::string& failure() const { return failure_; }
  std::vector<SafetensorsEntry> take() { return std::move(entries_); }

 private:
  /// Where the parser is.
  enum class Place { kOutside, kHeader, kMetadata, kTensor, kShape, kOffsets };
  enum Field : unsigned { kType = 1, kShape = 2, kOffsets = 4, kAll = 7 };

  bool fail(std::string clause) {
    if (failure_.empty()) failure_ = std::move(clause);
    return false;
  }

  bool fail_tensor(const std::string& clause) {
    return fail("tensor " + in_quotes(entries_.back().name) + " " + clause);
  }

  bool unexpected(const std::string& what) {
    const std::string where =
        place_ == Place::kMetadata || entries_.empty()
            ? std::string()
            : ", at or behind tensor " + in_quotes(entries_.back().name);
    return fail("its header has " + what + " where none can be" + where);
  }

  bool add_tensor(string_t& name);
  bool choose_field(const string_t& name);

  std::vector<SafetensorsEntry> entries_;
  std::unordered_set<std::string> names_;
  Place place_ = Place::kOutside;
  Field field_ = kType;
  unsigned seen_ = 0;
  std::size_t offset_count_ = 0;
  bool has_metadata_ = false;
  bool is_metadata_next_ = false;
  std::string failure_;
};

bool HeaderReader::number_unsigned(number_unsigned_t value) {
  if (place_ == Place::kShape) {
    auto& shape = entries_.back().shape;
    if (shape.size() == kMaxDims) return fail_tensor("has too many dimensions");
    shape.push_back(value);
    return true;
  }
  if (place_ == Place::kOffsets) {
    auto& offsets = entries_.back().offsets;
    if (offset_count_ == offsets.size()) {
      return fail_tensor("has more than two offsets");
    }
    offsets[offset_count_++] = value;
    return true;
  }
  return unexpected("a number");
}

bool HeaderReader::string(string_t& value) {
  if (place_ == Place::kMetadata) return true;
  if (place_ != Place::kTensor || field_ != kType) return unexpected("a text");
  if (value.size() > kMaxNameBytes) return fail_tensor("has an endless type");
  entries_.back().type_name = std::move(value);
  return true;
}

bool HeaderReader::start_object(std::size_t /*size*/) {
  switch (place_) {
    case Place::kOutside:
      place_ = Place::kHeader;
      return true;
    case Place::kHeader:
      place_ = is_metadata_next_ ? Place::kMetadata : Place::kTensor;
      return true;
    default:
      return unexpected("an object");
  }
}

bool HeaderReader::end_object() {
  if (place_ == Place::kTensor) {
    if (seen_ != kAll || offset_count_ != 2) {
      return fail_tensor("lacks its type, its shape or its two offsets");
    }
  }
  place_ = place_ == Place::kHeader ? Place::kOutside : Place::kHeader;
  return true;
}

bool HeaderReader::start_array(std::size_t /*size*/) {
  if (place_ != Place::kTensor || field_ == kType) return unexpected("a list");
  place_ = field_ == kShape ? Place::kShape : Place::kOffsets;
  return true;
}

bool HeaderReader::end_array() {
  place_ = Place::kTensor;
  return true;
}

bool HeaderReader::key(string_t& name) {
  if (place_ == Place::kMetadata) return true;
  return place_ == Place::kTensor ? choose_field(name) : add_tensor(name);
}

bool HeaderReader::add_tensor(string_t& name) {
  is_metadata_next_ = name == "__metadata__";
  if (is_metadata_next_) {
    if (has_metadata_) return fail("its header has metadata twice");
    has_metadata_ = true;
    return true;
  }
  if (name.empty() || name.size() > kMaxNameBytes) {
    return fail("a tensor's name has " + std::to_string(name.size()) +
                " bytes");
  }
  if (entries_.size() == kMaxTensors) return fail("it has too many tensors");
  if (!names_.insert(name).second) {
    return fail("tensor " + in_quotes(name) + " appears twice");
  }
  entries_.emplace_back().name = std::move(name);
  seen_ = 0;
  offset_count_ = 0;
  return true;
}

bool HeaderReader::choose_field(const string_t& name) {
  if (name == "dtype") {
    field_ = kType;
  } else if (name == "shape") {
    field_ = kShape;
  } else if (name == "data_offsets") {
    field_ = kOffsets;
  } else {
    return fail_tensor("has the unknown field " + in_quotes(name));
  }
  if ((seen_ & field_) != 0) {
    return fail_tensor("has the field " + in_quotes(name) + " twice");
  }
  seen_ |= field_;
  return true;
}

}  // namespace

Result<std::vector<SafetensorsEntry>> parse_safetensors_header(
    std::string_view text) {
  HeaderReader reader;
  if (!Json::sax_parse(text.begin(), text.end(), &reader)) {
    return invalid_data(reader.failure());
  }
  return reader.take();
}

}  // namespace etllm::importer
