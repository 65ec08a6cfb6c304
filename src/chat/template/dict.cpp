#include "chat/template/dict.h"

#include <algorithm>
#include <cmath>

#include "chat/template/budget.h"
#include "chat/template/compare.h"
#include "chat/template/template_error.h"

namespace etllm::chat::jinja {
namespace {

constexpr std::size_t kLargestLinearSearch = 8;

enum class KeyRank { kNone, kNumber, kString, kTuple };

KeyRank rank_of(const Value& key) {
  if (key.is_number()) return KeyRank::kNumber;
  if (key.is_string()) return KeyRank::kString;
  if (key.is_tuple()) return KeyRank::kTuple;
  return KeyRank::kNone;
}

bool equivalent(const Value& left, const Value& right) {
  return !KeyLess()(left, right) && !KeyLess()(right, left);
}

}  // namespace

bool KeyLess::operator()(const Value& left, const Value& right) const {
  const KeyRank rank = rank_of(left);
  if (rank != rank_of(right)) return rank < rank_of(right);
  switch (rank) {
    case KeyRank::kNone:
      return false;
    case KeyRank::kNumber:
      return compare_numbers(left, right) == NumberOrder::kLess;
    case KeyRank::kString:
      return left.text() < right.text();
    case KeyRank::kTuple:
      return std::lexicographical_compare(
          left.items().begin(), left.items().end(), right.items().begin(),
          right.items().end(), KeyLess());
  }
  return false;
}

void require_hashable(Budget& budget, const Value& key) {
  // NaN is equal to nothing, which no ordered index can express.
  const bool is_nan = key.is_float() && std::isnan(key.as_double());
  if (key.is_tuple()) {
    for (const Value& item : key.items()) require_hashable(budget, item);
  } else if (is_nan || !(key.is_none() || key.is_number() || key.is_string())) {
    throw TemplateError("a value of type '" + std::string(key.type_name()) +
                        "' cannot be the key of a dictionary");
  }
  budget.spend_walk(key);
}

void Dict::set(Value key, Value value) {
  depth_ = std::max({depth_, key.depth() + 1, value.depth() + 1});
  const std::size_t position = index_of(key);
  if (position < entries_.size()) {
    entries_[position].second = std::move(value);
    return;
  }
  if (!index_.empty()) index_.emplace(key, position);
  entries_.emplace_back(std::move(key), std::move(value));
  if (index_.empty() && entries_.size() > kLargestLinearSearch) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      index_.emplace(entries_[i].first, i);
    }
  }
}

const Value* Dict::find(const Value& key) const {
  const std::size_t position = index_of(key);
  return position < entries_.size() ? &entries_[position].second : nullptr;
}

const Value* Dict::find(std::string_view key) const {
  if (!index_.empty()) return find(Value::string(std::string(key)));
  for (const auto& [name, value] : entries_) {
    if (name.is_string() && name.text() == key) return &value;
  }
  return nullptr;
}

std::size_t Dict::index_of(const Value& key) const {
  if (!index_.empty()) {
    const auto found = index_.find(key);
    return found == index_.end() ? entries_.size() : found->second;
  }
  std::size_t position = 0;
  while (position < entries_.size() &&
         !equivalent(entries_[position].first, key)) {
    ++position;
  }
  return position;
}

}  // namespace etllm::chat::jinja
