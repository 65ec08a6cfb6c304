#include "program/method_memory.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <utility>

#include "program/checked_math.h"
#include "program/memory_planner.h"
#include "program/scalar_types.h"

namespace etllm::program {
namespace {

std::uint64_t tensor_bytes(const TensorSpec& spec) {
  const ScalarTypeTraits* type =
      find_scalar_type(static_cast<std::int8_t>(spec.dtype));
  return dense_tensor_bytes(*type, spec.sizes).value();  // Validated before.
}

const TensorValue* as_tensor(const MethodValue& value, TensorRole role) {
  const auto* tensor = std::get_if<TensorValue>(&value);
  return tensor != nullptr && tensor->role == role ? tensor : nullptr;
}

// The steps at which each value of the method is needed. Values that nobody
// names live at step 0, so that their memory exists.
std::vector<BufferLifetime> value_lifetimes(const MethodModel& method) {
  std::vector<BufferLifetime> lifetimes(method.values.size());
  std::vector<bool> is_seen(method.values.size(), false);
  for (std::size_t step = 0; step < method.calls.size(); ++step) {
    for (const ValueId id : method.calls[step].args) {
      BufferLifetime& lifetime = lifetimes[static_cast<std::size_t>(id)];
      if (!is_seen[static_cast<std::size_t>(id)]) {
        lifetime.first_step = static_cast<std::uint32_t>(step);
      }
      lifetime.last_step = static_cast<std::uint32_t>(step);
      is_seen[static_cast<std::size_t>(id)] = true;
    }
  }
  for (const ValueId id : method.outputs) {
    lifetimes[static_cast<std::size_t>(id)].last_step =
        static_cast<std::uint32_t>(method.calls.size());
  }
  return lifetimes;
}

Status plan_activations(const MethodModel& method, MethodMemory& memory) {
  const std::vector<BufferLifetime> lifetimes = value_lifetimes(method);
  std::vector<BufferLifetime> buffers;
  std::vector<std::size_t> ids;
  for (std::size_t id = 0; id < method.values.size(); ++id) {
    const auto* tensor = as_tensor(method.values[id], TensorRole::kActivation);
    if (tensor == nullptr) continue;
    buffers.push_back(lifetimes[id]);
    buffers.back().size_bytes = tensor_bytes(tensor->spec);
    ids.push_back(id);
  }
  const auto plan = plan_memory(buffers, kPlannedAlignment);
  if (!plan) {
    return invalid_argument("the activations of method '" + method.name +
                            "' need more memory than can be addressed");
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    memory.allocations[ids[i]] =
        PlannedAllocation{kActivationMemoryId, plan->offsets[i]};
  }
  memory.activation_bytes = plan->total_bytes;
  return {};
}

// Hands out the places of mutable buffers, the same for every method.
class MutableBufferPlaces {
 public:
  struct Place {
    std::uint64_t offset = 0;
    std::uint64_t size_bytes = 0;
  };

  Result<Place> find_or_add(const std::string& name, std::size_t ordinal,
                            std::uint64_t size_bytes) {
    const Key key{name, name.empty() ? ordinal : 0};
    const auto found = places_.find(key);
    if (found != places_.end()) {
      if (found->second.size_bytes == size_bytes) return found->second;
      return invalid_argument("the mutable buffer '" + name + "' (number " +
                              std::to_string(ordinal) + ") has " +
                              std::to_string(found->second.size_bytes) +
                              " bytes in one method and " +
                              std::to_string(size_bytes) + " in another");
    }
    const auto size = checked_align(size_bytes, kPlannedAlignment);
    const auto end = size ? checked_add(end_, *size) : std::nullopt;
    if (!end || *end > std::numeric_limits<std::int64_t>::max()) {
      return invalid_argument(
          "the mutable buffers need more memory than can be addressed");
    }
    const Place place{end_, size_bytes};
    end_ = *end;
    places_.emplace(key, place);
    return place;
  }

 private:
  using Key = std::pair<std::string, std::size_t>;

  std::map<Key, Place> places_;
  std::uint64_t end_ = 0;
};

Status place_mutable_buffers(const MethodModel& method,
                             MutableBufferPlaces& places,
                             MethodMemory& memory) {
  std::size_t unnamed_count = 0;
  for (std::size_t id = 0; id < method.values.size(); ++id) {
    const auto* tensor =
        as_tensor(method.values[id], TensorRole::kMutableBuffer);
    if (tensor == nullptr) continue;
    const std::string& name = tensor->spec.name;
    const std::size_t ordinal = name.empty() ? unnamed_count++ : 0;
    const auto place =
        places.find_or_add(name, ordinal, tensor_bytes(tensor->spec));
    if (!place.ok()) return place.status();
    memory.allocations[id] =
        PlannedAllocation{kMutableBufferMemoryId, place->offset};
    // Aligned like the offsets; cannot overflow after find_or_add().
    memory.mutable_buffer_bytes = std::max(
        memory.mutable_buffer_bytes,
        place->offset + *checked_align(place->size_bytes, kPlannedAlignment));
  }
  return {};
}

}  // namespace

Result<std::vector<MethodMemory>> plan_program_memory(
    const ProgramModel& program) {
  std::vector<MethodMemory> memories;
  MutableBufferPlaces places;
  for (const MethodModel& method : program.methods) {
    MethodMemory memory;
    memory.allocations.resize(method.values.size());
    Status status = plan_activations(method, memory);
    if (status.ok()) status = place_mutable_buffers(method, places, memory);
    if (!status.ok()) return status;
    memories.push_back(std::move(memory));
  }
  return memories;
}

}  // namespace etllm::program
