#include "program/method_flow.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace etllm::program {
namespace {

constexpr std::size_t kBatch = 64;

bool gives_value(const Effect& effect) {
  return effect.access == Access::kAssign || effect.access == Access::kView;
}

/// Spreads `is_read_only` from values to those that become the same.
void spread_read_only(const MethodFlow& flow, std::vector<bool>& is_read_only) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  std::vector<std::uint32_t> open;
  for (const Effect& effect : flow.effects) {
    // A view may be larger than the memory that it shows.
    if (effect.access == Access::kView) is_read_only[effect.value] = true;
    if (effect.access == Access::kAssign && effect.source != kNone) {
      edges.emplace_back(effect.source, effect.value);
    }
  }
  std::ranges::sort(edges);
  for (std::uint32_t value = 0; value < is_read_only.size(); ++value) {
    if (is_read_only[value]) open.push_back(value);
  }
  while (!open.empty()) {
    const std::uint32_t value = open.back();
    open.pop_back();
    auto edge = std::ranges::lower_bound(edges, value, {},
                                         &decltype(edges)::value_type::first);
    for (; edge != edges.end() && edge->first == value; ++edge) {
      if (is_read_only[edge->second]) continue;
      is_read_only[edge->second] = true;
      open.push_back(edge->second);
    }
  }
}

std::string find_forbidden_write(const MethodFlow& flow) {
  std::vector<bool> is_read_only(flow.values.size());
  for (std::size_t i = 0; i < flow.values.size(); ++i) {
    is_read_only[i] = flow.values[i].is_read_only;
  }
  spread_read_only(flow, is_read_only);
  for (const Effect& effect : flow.effects) {
    if (effect.access == Access::kWrite && is_read_only[effect.value]) {
      return "writes to a constant or a view";
    }
    // The runtime copies an input to where the file says that it lies.
    if (gives_value(effect) && flow.values[effect.value].is_input) {
      return "replaces one of its inputs";
    }
  }
  return {};
}

/// Values that are empty at first and used, in order.
std::vector<std::uint32_t> used_empty_values(const MethodFlow& flow) {
  std::vector<std::uint32_t> used = flow.outputs;
  for (const Effect& effect : flow.effects) {
    if (!gives_value(effect)) used.push_back(effect.value);
  }
  std::erase_if(used, [&](std::uint32_t value) {
    return !flow.values[value].is_empty || flow.values[value].is_input;
  });
  std::ranges::sort(used);
  used.erase(std::unique(used.begin(), used.end()), used.end());
  return used;
}

/// Follows up to 64 values through the method, one bit each: which surely have
/// a value when a step begins.
class AssignmentCheck {
 public:
  AssignmentCheck(const MethodFlow& flow, std::span<const std::uint32_t> values)
      : flow_(flow), values_(values), known_(flow.steps.size() + 1, ~Bits{0}) {
    known_[0] = 0;
  }

  std::string find_defect(WorkBudget& budget) {
    bool is_stable = false;
    while (!is_stable) {
      if (!budget.spend(flow_.effects.size() + flow_.steps.size())) {
        return "is too complicated";
      }
      is_stable = pass();
    }
    const bool outputs_known =
        std::ranges::all_of(flow_.outputs, [&](std::uint32_t value) {
          return (bit_of(value) & ~known_.back()) == 0;
        });
    return is_defective_ || !outputs_known
               ? "uses a value that has no memory; if it is an output, export "
                 "the program with alloc_graph_output=True"
               : "";
  }

 private:
  using Bits = std::uint64_t;

  Bits bit_of(std::uint32_t value) const {
    const auto found = std::ranges::lower_bound(values_, value);
    if (found == values_.end() || *found != value) return 0;
    return Bits{1} << (found - values_.begin());
  }

  /// Whether nothing was learned that an earlier step should know.
  bool pass() {
    bool is_stable = true;
    is_defective_ = false;
    std::size_t effect = 0;
    for (std::size_t i = 0; i < flow_.steps.size(); ++i) {
      Bits known = known_[i];
      for (; effect < flow_.steps[i].effects_end; ++effect) {
        const Effect& current = flow_.effects[effect];
        const Bits bit = bit_of(current.value);
        if (gives_value(current)) {
          known |= bit;
        } else if ((bit & ~known) != 0) {
          is_defective_ = true;
        }
      }
      known_[i + 1] &= known;
      const std::uint32_t jump = flow_.steps[i].jump;
      if (jump == kNone) continue;
      const bool changes = (known_[jump] & ~known) != 0;
      known_[jump] &= known;
      if (changes && jump <= i) is_stable = false;
    }
    return is_stable;
  }

  const MethodFlow& flow_;
  std::span<const std::uint32_t> values_;
  std::vector<Bits> known_;
  bool is_defective_ = false;
};

}  // namespace

std::string find_flow_defect(const MethodFlow& flow, WorkBudget& budget) {
  std::string defect = find_forbidden_write(flow);
  const std::vector<std::uint32_t> values = used_empty_values(flow);
  for (std::size_t i = 0; defect.empty() && i < values.size(); i += kBatch) {
    const auto batch =
        std::span(values).subspan(i, std::min(kBatch, values.size() - i));
    defect = AssignmentCheck(flow, batch).find_defect(budget);
  }
  return defect;
}

}  // namespace etllm::program
