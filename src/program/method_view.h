#pragma once

// Borrowed parts of a program that the checks of a method look at.

#include <cstddef>
#include <cstdint>

#include "program/program_file.h"

namespace etllm::program {

struct MethodView {
  const ProgramFile& file;
  const executorch_flatbuffer::ExecutionPlan& plan;

  const executorch_flatbuffer::Program& program() const {
    return *file.program;
  }
  std::size_t value_count() const { return plan.values()->size(); }
  bool has_value(std::int64_t index) const {
    return index >= 0 && index < static_cast<std::int64_t>(value_count());
  }
  /// The index must exist.
  const executorch_flatbuffer::EValue& value(std::int64_t index) const {
    return *plan.values()->Get(static_cast<flatbuffers::uoffset_t>(index));
  }
};

/// 0 for a container that the file lacks.
template <class Container>
std::size_t size_of(const Container* container) {
  return container == nullptr ? 0 : container->size();
}

}  // namespace etllm::program
