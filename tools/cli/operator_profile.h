#pragma once

// Where the time of a method goes, through ExecuTorch's event tracer.

#include <executorch/runtime/core/event_tracer.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "program/program_summary.h"

namespace etllm::cli {

/// The calls of one operator, or of one operator inside a delegate.
struct ProfileRow {
  std::string name;
  std::uint64_t calls = 0;
  std::uint64_t nanoseconds = 0;
};

/// Given to a Module; adds up what it executes while it is enabled. For one
/// thread, the one that executes.
class OperatorProfile final : public executorch::runtime::EventTracer {
 public:
  explicit OperatorProfile(std::vector<program::MethodSummary> methods);

  /// Until the next call, instructions are those of this method.
  void enable(const std::string& method);
  void disable() { method_ = nullptr; }

  /// What was added up since the last call, the longest time first.
  std::vector<ProfileRow> take_rows();

  executorch::runtime::EventTracerEntry start_profiling(
      const char* name, executorch::runtime::ChainID chain,
      executorch::runtime::DebugHandle instruction) override;
  void end_profiling(executorch::runtime::EventTracerEntry entry) override;
  void log_profiling_delegate(const char* name,
                              executorch::runtime::DelegateDebugIntId index,
                              et_timestamp_t start, et_timestamp_t end,
                              const void* metadata,
                              std::size_t metadata_size) override;

  // The rest of a tracer: blocks, memory and values do not matter here.
  executorch::runtime::EventTracerEntry start_profiling_delegate(
      const char* name, executorch::runtime::DelegateDebugIntId index) override;
  void end_profiling_delegate(executorch::runtime::EventTracerEntry entry,
                              const void* metadata,
                              std::size_t metadata_size) override;
  void create_event_block(const char* name) override;
  void track_allocation(executorch::runtime::AllocatorID id,
                        std::size_t size) override;
  executorch::runtime::AllocatorID track_allocator(const char* name) override;
  executorch::runtime::Result<bool> log_evalue(
      const executorch::runtime::EValue& /*value*/,
      executorch::runtime::LoggedEValueType /*type*/) override {
    return false;
  }
  executorch::runtime::Result<bool> log_intermediate_output_delegate(
      const char* /*name*/, executorch::runtime::DelegateDebugIntId /*index*/,
      const executorch::aten::Tensor& /*output*/) override {
    return false;
  }
  executorch::runtime::Result<bool> log_intermediate_output_delegate(
      const char* /*name*/, executorch::runtime::DelegateDebugIntId /*index*/,
      executorch::runtime::ArrayRef<executorch::aten::Tensor> /*output*/)
      override {
    return false;
  }
  executorch::runtime::Result<bool> log_intermediate_output_delegate(
      const char* /*name*/, executorch::runtime::DelegateDebugIntId /*index*/,
      const int& /*output*/) override {
    return false;
  }
  executorch::runtime::Result<bool> log_intermediate_output_delegate(
      const char* /*name*/, executorch::runtime::DelegateDebugIntId /*index*/,
      const bool& /*output*/) override {
    return false;
  }
  executorch::runtime::Result<bool> log_intermediate_output_delegate(
      const char* /*name*/, executorch::runtime::DelegateDebugIntId /*index*/,
      const double& /*output*/) override {
    return false;
  }
  void set_delegation_intermediate_output_filter(
      executorch::runtime::EventTracerFilterBase* /*filter*/) override {}

 private:
  struct Total {
    std::uint64_t calls = 0;
    std::uint64_t nanoseconds = 0;
  };

  std::string instruction_name(executorch::runtime::ChainID chain,
                               executorch::runtime::DebugHandle index) const;
  void add(const std::string& name, std::uint64_t nanoseconds);

  std::vector<program::MethodSummary> methods_;
  const program::MethodSummary* method_ = nullptr;
  std::map<std::string, Total> totals_;
  std::string instruction_;      ///< The one that is running.
  std::uint64_t delegated_ = 0;  ///< Nanoseconds that its delegate told of.
};

}  // namespace etllm::cli
