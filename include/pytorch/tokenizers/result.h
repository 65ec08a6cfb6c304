#pragma once

// A value, or the reason why there is none.
//
//   tokenizers::Result<std::vector<uint64_t>> ids = tokenizer.encode("Hello");
//   if (!ids.ok()) return ids.error();
//   use(*ids);

#include <pytorch/tokenizers/error.h>

#include <cassert>
#include <optional>
#include <utility>

namespace tokenizers {

/// Value semantics. `get()`, `*` and `->` require `ok()`.
template <typename T>
class [[nodiscard]] Result final {
 public:
  using value_type = T;

  // Implicit, so that `return value;` and `return error;` both read well.
  Result(const T& value) : value_(value) {}        // NOLINT
  Result(T&& value) : value_(std::move(value)) {}  // NOLINT
  /// `error` must not be `Error::Ok`; that would be success without a value,
  /// and becomes `Error::Internal`.
  Result(Error error)  // NOLINT
      : error_(error == Error::Ok ? Error::Internal : error) {}

  /// Whether there is a value.
  bool ok() const { return value_.has_value(); }
  /// `Error::Ok` when there is a value.
  Error error() const { return error_; }

  T& get() {
    assert(ok());
    return *value_;
  }
  const T& get() const {
    assert(ok());
    return *value_;
  }
  T& operator*() & { return get(); }
  const T& operator*() const& { return get(); }
  T&& operator*() && { return std::move(get()); }
  T* operator->() { return &get(); }
  const T* operator->() const { return &get(); }

 private:
  std::optional<T> value_;
  Error error_ = Error::Ok;
};

}  // namespace tokenizers
