#pragma once

// Work space for const functions that several threads call at once.

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace tokenizers::pipeline {

/// Lends objects of type T, each to one borrower at a time. As many exist as
/// there were borrowers at once. Thread-safe.
template <typename T>
class Pool {
 public:
  /// Gives the object back at the end of its life. The pool must outlive it.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<T> object)
        : pool_(pool), object_(std::move(object)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { pool_.give_back(std::move(object_)); }

    T& operator*() const { return *object_; }
    T* operator->() const { return object_.get(); }

   private:
    Pool& pool_;
    std::unique_ptr<T> object_;
  };

  Lease lease() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        std::unique_ptr<T> object = std::move(free_.back());
        free_.pop_back();
        return Lease(*this, std::move(object));
      }
    }
    return Lease(*this, std::make_unique<T>());
  }

 private:
  void give_back(std::unique_ptr<T> object) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(object));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;
};

}  // namespace tokenizers::pipeline
