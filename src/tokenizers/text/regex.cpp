#include "tokenizers/text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "tokenizers/text/newer_characters.h"
#include "tokenizers/text/regex_syntax.h"
#include "tokenizers/text/utf8.h"

namespace tokenizers::pipeline {
namespace {

constexpr std::size_t kMaxPatternBytes = 1U << 16U;

// Work is counted in the steps of PCRE2's match limit, which is per starting
// position. Every position may take a few; what takes more draws from a budget
// for the whole text.
constexpr std::uint32_t kStepsPerPosition = 500;
constexpr std::uint32_t kStepsOfHardPosition = 4'000'000;
constexpr std::int64_t kHardSteps = 40'000'000;

/// How many starting positions one call of PCRE2 may try.
constexpr std::size_t kWindowBytes = 4096;

constexpr std::uint32_t kHeapKilobytes = 64 * 1024;

template <auto kFree>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using CodePointer = std::unique_ptr<pcre2_code, Deleter<pcre2_code_free>>;
using CompileContext =
    std::unique_ptr<pcre2_compile_context, Deleter<pcre2_compile_context_free>>;
using MatchData =
    std::unique_ptr<pcre2_match_data, Deleter<pcre2_match_data_free>>;
using MatchContext =
    std::unique_ptr<pcre2_match_context, Deleter<pcre2_match_context_free>>;

PCRE2_SPTR bytes_of(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data());
}

std::string pcre2_message(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

/// Why a search ended early.
enum class Outcome { kMatch, kNoMatch, kTooLong };

}  // namespace

class Regex::Code {
 public:
  explicit Code(CodePointer code) : code_(std::move(code)) {}
  const pcre2_code* get() const { return code_.get(); }

 private:
  CodePointer code_;
};

namespace {

/// The state of one `find_all`.
class Search {
 public:
  Search(const pcre2_code* code, std::string_view text)
      : code_(code),
        text_(text),
        data_(pcre2_match_data_create_from_pattern(code, nullptr)),
        context_(pcre2_match_context_create(nullptr)) {
    pcre2_set_heap_limit(context_.get(), kHeapKilobytes);
  }

  /// Looks for the first match at or after `from`; `match` gets it.
  Outcome next(std::size_t from, Span& match) {
    while (true) {
      const std::size_t last = std::min(from + kWindowBytes, text_.size());
      const Outcome outcome = search_window(from, last, match);
      if (outcome != Outcome::kNoMatch || last == text_.size()) return outcome;
      from = next_character(last);
    }
  }

 private:
  /// The start of the character behind the one that `at` lies in.
  std::size_t next_character(std::size_t at) const {
    ++at;
    while (at < text_.size() && is_utf8_continuation(text_[at])) ++at;
    return at;
  }

  /// Matches that start in [from, last].
  Outcome search_window(std::size_t from, std::size_t last, Span& match) {
    pcre2_set_match_limit(context_.get(), kStepsPerPosition);
    pcre2_set_offset_limit(context_.get(), last);
    const Outcome outcome = run(from, 0, match);
    if (outcome != Outcome::kTooLong) return outcome;
    for (; from <= last; from = next_character(from)) {
      const Outcome here = match_at(from, match);
      if (here != Outcome::kNoMatch) return here;
    }
    return Outcome::kNoMatch;
  }

  Outcome match_at(std::size_t at, Span& match) {
    pcre2_set_match_limit(context_.get(), kStepsPerPosition);
    const Outcome outcome = run(at, PCRE2_ANCHORED, match);
    if (outcome != Outcome::kTooLong) return outcome;
    if (budget_ < kStepsOfHardPosition) return outcome;
    budget_ -= kStepsOfHardPosition;
    pcre2_set_match_limit(context_.get(), kStepsOfHardPosition);
    return run(at, PCRE2_ANCHORED, match);
  }

  Outcome run(std::size_t from, std::uint32_t options, Span& match) {
    const auto call = [&](std::uint32_t extra) {
      return pcre2_match(code_, bytes_of(text_), text_.size(), from,
                         options | extra | PCRE2_NO_UTF_CHECK, data_.get(),
                         context_.get());
    };
    int result = call(0);
    if (result == PCRE2_ERROR_JIT_STACKLIMIT) result = call(PCRE2_NO_JIT);
    if (result == PCRE2_ERROR_NOMATCH) return Outcome::kNoMatch;
    if (result < 0) return Outcome::kTooLong;
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data_.get());
    // \K in a look-around can put the start behind the end.
    match = {std::min(offsets[0], offsets[1]), offsets[1]};
    return Outcome::kMatch;
  }

  const pcre2_code* code_;
  std::string_view text_;
  MatchData data_;
  MatchContext context_;
  std::int64_t budget_ = kHardSteps;
};

}  // namespace

Regex::Regex(std::unique_ptr<const Code> code) : code_(std::move(code)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

etllm::Result<Regex> Regex::compile(std::string_view pattern) {
  if (pattern.size() > kMaxPatternBytes) {
    return etllm::not_supported("the pattern is longer than 64 KB");
  }
  const auto translated = pcre2_syntax(pattern);
  if (!translated.ok()) return translated.status();
  const CompileContext context(pcre2_compile_context_create(nullptr));
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  CodePointer code(pcre2_compile(
      bytes_of(*translated), translated->size(),
      PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_USE_OFFSET_LIMIT, &error,
      &offset, context.get()));
  if (code == nullptr) {
    return etllm::invalid_data("the pattern '" + std::string(pattern) +
                               "' is wrong: " + pcre2_message(error));
  }
  // Where there is no JIT compiler, the interpreter gives the same matches.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
  return Regex(std::make_unique<const Code>(std::move(code)));
}

etllm::Status Regex::find_all(std::string_view text,
                              std::vector<Span>& matches) const {
  const std::string older = with_older_characters(text);
  Search search(code_->get(), older.empty() ? text : older);
  std::size_t from = 0;
  std::optional<std::size_t> last_end;
  while (from <= text.size()) {
    Span match{};
    const Outcome outcome = search.next(from, match);
    if (outcome == Outcome::kNoMatch) break;
    if (outcome == Outcome::kTooLong) {
      return {etllm::StatusCode::kCancelled,
              "a pattern of the tokenizer takes too long on this text"};
    }
    const bool empty = match.begin == match.end;
    if (!empty || last_end != match.end) {
      if (match.begin >= last_end.value_or(0)) matches.push_back(match);
      last_end = std::max(match.end, last_end.value_or(0));
    }
    from = match.end;
    if (!empty) continue;
    if (from == text.size()) break;
    from += utf8_length(text[from]);
  }
  return {};
}

}  // namespace tokenizers::pipeline
