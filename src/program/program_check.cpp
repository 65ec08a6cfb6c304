#include "program/program_check.h"

#include <set>
#include <string_view>

#include "base/mapped_file.h"
#include "program/checked_math.h"
#include "program/method_check.h"
#include "program/program_file.h"

namespace etllm::program {
namespace {

namespace fb = executorch_flatbuffer;

// Programs of large models spend a few million.
constexpr std::uint64_t kMaxWork = 20'000'000;

std::size_t segment_count(const fb::Program& program) {
  return program.segments() == nullptr ? 0 : program.segments()->size();
}

/// Whether the offsets lie inside of the segment that they belong to.
bool offsets_fit(const fb::Program& program,
                 const fb::SubsegmentOffsets* part) {
  if (part == nullptr || part->offsets() == nullptr) return true;
  // A single entry is a placeholder: there are no constants.
  if (part->offsets()->size() <= 1) return true;
  if (part->segment_index() >= segment_count(program)) return false;
  const std::uint64_t size =
      program.segments()->Get(part->segment_index())->size();
  for (const std::uint64_t offset : *part->offsets()) {
    if (offset > size) return false;
  }
  return true;
}

/// What is wrong with the tables that methods share; empty when nothing is.
std::string find_table_defect(const ProgramFile& file) {
  const fb::Program& program = *file.program;
  for (std::size_t i = 0; i < segment_count(program); ++i) {
    const fb::DataSegment* segment =
        program.segments()->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (segment == nullptr || !fits_within(segment->offset(), segment->size(),
                                           file.segment_data.size())) {
      return "its data end before they should";
    }
  }
  if (!offsets_fit(program, program.constant_segment())) {
    return "its constants lie outside of its data";
  }
  if (const auto* parts = program.mutable_data_segments()) {
    for (const fb::SubsegmentOffsets* part : *parts) {
      if (part == nullptr || !offsets_fit(program, part) ||
          part->segment_index() >= segment_count(program)) {
        return "its initial state lies outside of its data";
      }
    }
  }
  if (const auto* entries = program.named_data()) {
    for (const fb::NamedData* entry : *entries) {
      if (entry == nullptr || entry->key() == nullptr ||
          entry->segment_index() >= segment_count(program)) {
        return "a name in it has no data";
      }
    }
  }
  return {};
}

std::string find_defect(const ProgramFile& file) {
  WorkBudget budget(kMaxWork);
  std::string defect = find_table_defect(file);
  if (!defect.empty()) return defect;
  const auto* methods = file.program->execution_plan();
  if (methods == nullptr || methods->size() == 0) return "it has no methods";
  std::set<std::string_view> names;
  for (const fb::ExecutionPlan* method : *methods) {
    if (method == nullptr || method->name() == nullptr) {
      return "a method in it has no name";
    }
    if (!names.insert(method->name()->string_view()).second) {
      return "two methods in it have the same name";
    }
    defect = find_method_defect(file, *method, budget);
    if (!defect.empty()) return "one of its methods " + defect;
  }
  return {};
}

}  // namespace

Status check_program(std::span<const std::byte> bytes,
                     const std::string& name) {
  const Result<ProgramFile> file = open_program(bytes, name);
  if (!file.ok()) return file.status();
  const std::string defect = find_defect(*file);
  if (defect.empty()) return {};
  return invalid_data("'" + name + "' is broken: " + defect +
                      "; download, export or import it again");
}

Status check_program_file(const std::string& path) {
  const Result<MappedFile> file = MappedFile::open(path);
  if (!file.ok()) return file.status();
  return check_program(file->bytes(), path);
}

}  // namespace etllm::program
