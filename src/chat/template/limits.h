#pragma once

// What one template may cost. A template comes from a file, so every one of
// its loops, strings and nestings is bounded.

#include <cstddef>
#include <cstdint>

namespace etllm::chat::jinja {

/// Longest template source.
inline constexpr std::size_t kMaxSourceBytes = 1 << 20;
/// Deepest nesting of one expression or of statements in each other.
inline constexpr int kMaxSyntaxDepth = 100;
/// Most parameters of a macro, and most arguments that a call spells out.
inline constexpr std::size_t kMaxArguments = 1000;
/// Deepest nesting of lists and dictionaries in each other.
inline constexpr int kMaxValueDepth = 100;
/// Deepest nesting of evaluations at run time, macro calls included.
inline constexpr int kMaxEvaluationDepth = 600;
/// Longest `range()`, the same as in the sandbox of Jinja2.
inline constexpr std::int64_t kMaxRangeItems = 100'000;
/// Longest text, rendered or on the way.
inline constexpr std::size_t kMaxTextBytes = 16 << 20;
/// Work of one rendering: evaluated nodes, items, and units of
/// `kBytesPerStep` bytes of every text and value that is read or made.
inline constexpr std::uint64_t kMaxSteps = 10'000'000;
inline constexpr std::uint64_t kBytesPerStep = 16;
/// What these limits come to in bytes; bounds the memory of a rendering.
inline constexpr std::uint64_t kMaxBytes = kMaxSteps * kBytesPerStep;

}  // namespace etllm::chat::jinja
