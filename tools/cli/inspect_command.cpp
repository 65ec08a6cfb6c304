// `etllm inspect`: what is in a .pte.

#include <cstdio>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.h"
#include "cli/loaded_model.h"
#include "cli/terminal.h"
#include "kernels/formats/weight_format.h"
#include "program/program_summary.h"

namespace etllm::cli {
namespace {

using program::MethodSummary;
using program::ProgramSummary;
using program::TensorSummary;

/// A text from the file, which may hold anything, as one that cannot play
/// tricks on the terminal.
std::string printable(std::string_view text) {
  std::string safe(text);
  for (char& c : safe) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return safe;
}

void print_row(const std::string& left, const std::string& right) {
  std::printf("  %-44s %s\n", printable(left).c_str(),
              printable(right).c_str());
}

std::string shapes(const std::vector<TensorSummary>& tensors) {
  std::string all;
  for (const TensorSummary& tensor : tensors) {
    if (!all.empty()) all += ", ";
    all += tensor.shape_text();
  }
  return all;
}

void print_calls(const char* title,
                 const std::vector<program::CountedName>& calls) {
  if (calls.empty()) return;
  std::printf("%s\n", title);
  for (const auto& [name, count] : calls) {
    print_row(name, "x " + std::to_string(count));
  }
}

/// The type that a weight counts as: a format of ours, or its element type.
std::string kind_of(const TensorSummary& weight) {
  const auto* format = weight.weight_format
                           ? kernels::find_weight_format(*weight.weight_format)
                           : nullptr;
  return format != nullptr ? std::string(format->name) : weight.type;
}

void print_weights(const std::vector<TensorSummary>& weights, bool all) {
  struct Group {
    int count = 0;
    std::uint64_t bytes = 0;
  };
  std::map<std::string, Group> groups;
  std::uint64_t total = 0;
  for (const TensorSummary& weight : weights) {
    Group& group = groups[kind_of(weight)];
    ++group.count;
    group.bytes += weight.size_bytes;
    total += weight.size_bytes;
  }
  std::printf(" weights: %zu, %s\n", weights.size(),
              format_bytes(total).c_str());
  for (const auto& [kind, group] : groups) {
    print_row(kind + " x " + std::to_string(group.count),
              format_bytes(group.bytes));
  }
  if (!all) return;
  std::printf(" all weights\n");
  for (const TensorSummary& weight : weights) {
    print_row(weight.name.empty() ? "(no name)" : weight.name,
              kind_of(weight) + "  " + weight.shape_text() + "  " +
                  format_bytes(weight.size_bytes));
  }
}

void print_method(const MethodSummary& method, bool all_weights) {
  std::printf("\nmethod %s(%s) -> %s\n", printable(method.name).c_str(),
              printable(shapes(method.inputs)).c_str(),
              printable(shapes(method.outputs)).c_str());
  std::printf(" memory\n");
  for (std::size_t i = 0; i < method.planned_bytes.size(); ++i) {
    print_row(i == 0 ? "activations" : "state between calls",
              format_bytes(method.planned_bytes[i]));
  }
  print_calls(" operators", method.operators);
  print_calls(" delegates", method.delegates);
  print_weights(method.constants, all_weights);
}

void print_summary(const std::string& path, const ProgramSummary& summary,
                   bool all_weights) {
  std::printf("%s: %s\n", printable(path).c_str(),
              format_bytes(summary.file_bytes).c_str());
  for (const MethodSummary& method : summary.methods) {
    print_method(method, all_weights);
  }
  if (!summary.constant_methods.empty()) std::printf("\nmetadata\n");
  for (const auto& constant : summary.constant_methods) {
    print_row(constant.name, constant.value);
  }
  if (!summary.named_data.empty()) std::printf("\nnamed data\n");
  for (const auto& data : summary.named_data) {
    print_row(data.key, format_bytes(data.size_bytes));
  }
}

}  // namespace

int inspect_command(const InspectOptions& options) {
  const Status importable = check_not_gguf(options.model);
  if (!importable.ok()) return fail(importable.message());
  const Result<ProgramSummary> summary =
      program::summarize_program(options.model);
  if (!summary.ok()) return fail(summary.status().message());
  print_summary(options.model, *summary, options.all_weights);
  return 0;
}

}  // namespace etllm::cli
