#include "kernels/threading/physical_cores.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>

#if defined(__linux__)
#include <sched.h>
#endif

namespace etllm::kernels {
namespace {

#if defined(__linux__)

std::optional<std::int64_t> read_number(const std::string& path) {
  std::ifstream file(path);
  std::int64_t value = 0;
  return file >> value ? std::optional(value) : std::nullopt;
}

/// Cores of the affinity mask; 0 when the system does not say.
std::size_t cores_of_affinity() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof(mask), &mask) != 0) return 0;
  std::set<std::pair<std::int64_t, std::int64_t>> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &mask)) continue;
    const std::string topology =
        "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
    // A processor without a topology counts as a core of its own.
    cores.emplace(read_number(topology + "physical_package_id").value_or(-1),
                  read_number(topology + "core_id").value_or(-1 - cpu));
  }
  return cores.size();
}

/// Whole processors that the control group's quota amounts to; 0 without one.
std::size_t cores_of_quota() {
  std::optional<std::int64_t> quota;
  std::optional<std::int64_t> period;
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota_text;
  std::int64_t period_us = 0;
  if (file >> quota_text >> period_us && quota_text != "max") {
    quota = std::strtoll(quota_text.c_str(), nullptr, 10);
    period = period_us;
  } else {
    quota = read_number("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
    period = read_number("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  }
  if (!quota || !period || *quota <= 0 || *period <= 0) return 0;
  return static_cast<std::size_t>((*quota + *period - 1) / *period);
}

#else

std::size_t cores_of_affinity() { return 0; }
std::size_t cores_of_quota() { return 0; }

#endif

}  // namespace

std::size_t usable_physical_cores() {
  std::size_t cores = cores_of_affinity();
  if (cores == 0) cores = std::thread::hardware_concurrency();
  const std::size_t quota = cores_of_quota();
  if (quota > 0) cores = std::min(cores, quota);
  return std::max<std::size_t>(cores, 1);
}

}  // namespace etllm::kernels
