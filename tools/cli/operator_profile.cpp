#include "cli/operator_profile.h"

#include <executorch/runtime/platform/platform.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace etllm::cli {
namespace {

using executorch::runtime::AllocatorID;
using executorch::runtime::ChainID;
using executorch::runtime::DebugHandle;
using executorch::runtime::DelegateDebugIdType;
using executorch::runtime::DelegateDebugIntId;
using executorch::runtime::EventTracerEntry;

/// Entries that end without a trace: what is inside of an instruction, or
/// around all of them.
constexpr std::int64_t kIgnored = -1;
constexpr std::int64_t kInstruction = 0;

std::uint64_t now() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

std::uint64_t to_nanoseconds(et_timestamp_t ticks) {
  const auto ratio = executorch::runtime::pal_ticks_to_ns_multiplier();
  return ticks * ratio.numerator / ratio.denominator;
}

EventTracerEntry make_entry(std::int64_t id) {
  return {id, 0, 0, now(), DelegateDebugIdType::kNone};
}

}  // namespace

OperatorProfile::OperatorProfile(std::vector<program::MethodSummary> methods)
    : methods_(std::move(methods)) {}

void OperatorProfile::enable(const std::string& method) {
  const auto found =
      std::ranges::find(methods_, method, &program::MethodSummary::name);
  method_ = found == methods_.end() ? nullptr : &*found;
}

std::vector<ProfileRow> OperatorProfile::take_rows() {
  std::vector<ProfileRow> rows;
  for (const auto& [name, total] : totals_) {
    rows.push_back({name, total.calls, total.nanoseconds});
  }
  std::ranges::sort(rows, std::ranges::greater(), &ProfileRow::nanoseconds);
  totals_.clear();
  return rows;
}

std::string OperatorProfile::instruction_name(ChainID chain,
                                              DebugHandle index) const {
  const auto& chains = method_->chains;
  if (chain < 0 || static_cast<std::size_t>(chain) >= chains.size()) return "?";
  const auto& names = chains[static_cast<std::size_t>(chain)];
  return index < names.size() ? names[index] : "?";
}

EventTracerEntry OperatorProfile::start_profiling(const char* name, ChainID,
                                                  DebugHandle) {
  const std::string_view kind = name;
  if (method_ == nullptr || !kind.ends_with("_CALL")) {
    return make_entry(kIgnored);
  }
  instruction_ = instruction_name(chain_id_, debug_handle_);
  delegated_ = 0;
  return make_entry(kInstruction);
}

void OperatorProfile::end_profiling(EventTracerEntry entry) {
  if (method_ == nullptr || entry.event_id == kIgnored) return;
  // What a delegate has told of its time is not told twice.
  const std::uint64_t time = now() - entry.start_time;
  add(instruction_, time - std::min(time, delegated_));
}

void OperatorProfile::log_profiling_delegate(const char* name,
                                             DelegateDebugIntId index,
                                             et_timestamp_t start,
                                             et_timestamp_t end, const void*,
                                             std::size_t) {
  if (method_ == nullptr || end < start) return;
  const std::uint64_t time = to_nanoseconds(end - start);
  delegated_ += time;
  add(instruction_ + ": " +
          (name == nullptr ? std::to_string(index) : std::string(name)),
      time);
}

void OperatorProfile::add(const std::string& name, std::uint64_t nanoseconds) {
  Total& total = totals_[name];
  ++total.calls;
  total.nanoseconds += nanoseconds;
}

EventTracerEntry OperatorProfile::start_profiling_delegate(const char*,
                                                           DelegateDebugIntId) {
  return make_entry(kIgnored);
}

void OperatorProfile::end_profiling_delegate(EventTracerEntry, const void*,
                                             std::size_t) {}

void OperatorProfile::create_event_block(const char*) {}

void OperatorProfile::track_allocation(AllocatorID, std::size_t) {}

AllocatorID OperatorProfile::track_allocator(const char*) { return 0; }

}  // namespace etllm::cli
