#pragma once

// The outcome of an operation inside the library: success, or a kind of
// failure together with one sentence for the person in front of the screen.
// The sentence names the file, what is wrong with it, and what to do.
//
//   Result<GgufFile> file = GgufFile::open(path);
//   if (!file.ok()) return file.status();
//   use(*file);

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace etllm {

/// Kinds of failure. The public API maps them to ExecuTorch's `Error`.
enum class StatusCode {
  kOk,
  kInvalidArgument,  ///< The caller asked for something that makes no sense.
  kNotFound,         ///< A file, tensor or name does not exist.
  kInvalidData,      ///< The bytes of a file contradict its format.
  kNotSupported,     ///< Well-formed, but not something we can handle.
  kIoError,          ///< The operating system refused a read or a write.
  kCancelled,        ///< The caller asked to stop.
};

/// Success, or a failure with its sentence. Thread-compatible value.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message)
      : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  /// Empty on success.
  const std::string& message() const { return message_; }

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

/// A value, or the failure that prevented it. `*result` requires `ok()`.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit, so that `return value;` and `return status;` both read well.
  Result(T value) : value_(std::move(value)) {}         // NOLINT
  Result(Status status) : status_(std::move(status)) {  // NOLINT
    assert(!status_.ok());
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return std::move(*value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

inline Status invalid_argument(std::string message) {
  return {StatusCode::kInvalidArgument, std::move(message)};
}
inline Status not_found(std::string message) {
  return {StatusCode::kNotFound, std::move(message)};
}
inline Status invalid_data(std::string message) {
  return {StatusCode::kInvalidData, std::move(message)};
}
inline Status not_supported(std::string message) {
  return {StatusCode::kNotSupported, std::move(message)};
}
inline Status io_error(std::string message) {
  return {StatusCode::kIoError, std::move(message)};
}

}  // namespace etllm
