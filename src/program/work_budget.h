#pragma once

// A bound on the work that one file may cause. Tables of a program can refer
// to each other's parts, so a small file can describe a huge amount of work.

#include <cstdint>

namespace etllm::program {

class WorkBudget {
 public:
  explicit WorkBudget(std::uint64_t steps) : steps_(steps) {}

  /// False when the budget does not hold `steps` more; then it is used up.
  bool spend(std::uint64_t steps) {
    if (steps > steps_) {
      steps_ = 0;
      return false;
    }
    steps_ -= steps;
    return true;
  }

 private:
  std::uint64_t steps_;
};

}  // namespace etllm::program
