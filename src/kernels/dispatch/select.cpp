#include "kernels/dispatch/select.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <string>

#include "kernels/dispatch/cpu_features.h"

namespace etllm::kernels {
namespace {

struct InstructionSet {
  std::string_view name;
  bool (*is_supported)();
  const KernelSet* (*kernels)();

  /// Null when the machine cannot run them, or the build lacks them.
  const KernelSet* if_supported() const {
    return is_supported() ? kernels() : nullptr;
  }
};

/// What a machine may have beyond its baseline; better ones follow.
constexpr InstructionSet kInstructionSets[] = {
    {"avx2", has_avx2, avx2_kernels},
    {"avx_vnni", has_avx_vnni, avx_vnni_kernels},
    {"avx512", has_avx512, avx512_kernels},
    {"avx512_bf16", has_avx512_bf16, avx512_bf16_kernels},
    {"amx", has_amx, amx_kernels},
    {"neon_dotprod", has_neon_dotprod, neon_dotprod_kernels},
    {"neon_i8mm", has_neon_i8mm, neon_i8mm_kernels},
};

const KernelSet* best_kernels() {
  static const KernelSet* const best = [] {
    const KernelSet* last = portable_kernels();
    for (const InstructionSet& set : kInstructionSets) {
      if (const KernelSet* kernels = set.if_supported()) last = kernels;
    }
    return last;
  }();
  return best;
}

/// The best instruction set, without quantized activations.
const KernelSet* float_kernels() {
  static const KernelSet set = [] {
    KernelSet kernels = *best_kernels();
    kernels.name = "float";
    kernels.quantizes_activations = false;
    return kernels;
  }();
  return &set;
}

/// "a, b or c".
std::string listed(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 < names.size() ? ", " : " or ";
    text += names[i];
  }
  return text;
}

std::atomic<const KernelSet*>& active() {
  static std::atomic<const KernelSet*> set = best_kernels();
  return set;
}

}  // namespace

Status select_kernels(std::string_view name) {
  const KernelSet* set = nullptr;
  if (name == "auto") {
    set = best_kernels();
  } else if (name == "float") {
    set = float_kernels();
  } else if (name == "portable") {
    set = portable_kernels();
  } else {
    const auto* const found =
        std::ranges::find(kInstructionSets, name, &InstructionSet::name);
    if (found == std::end(kInstructionSets)) {
      return invalid_argument("there are no kernels named '" +
                              std::string(name) + "'; choose " +
                              listed(kernel_names()));
    }
    set = found->if_supported();
  }
  if (set == nullptr) {
    return not_supported("this machine cannot run the kernels '" +
                         std::string(name) + "'; choose auto");
  }
  active().store(set);
  return {};
}

const KernelSet& active_kernels() { return *active().load(); }

bool multiplies_in_tiles(std::size_t tokens) {
  const KernelSet& kernels = active_kernels();
  return kernels.tiles != nullptr && kernels.quantizes_activations &&
         tokens > 1;
}

std::vector<std::string_view> kernel_names() {
  std::vector<std::string_view> names = {"auto", "float", "portable"};
  for (const InstructionSet& set : kInstructionSets) names.push_back(set.name);
  return names;
}

std::vector<std::string_view> available_kernels() {
  std::vector<std::string_view> names = {"float", "portable"};
  for (const InstructionSet& set : kInstructionSets) {
    if (set.if_supported() != nullptr) names.push_back(set.name);
  }
  return names;
}

}  // namespace etllm::kernels
