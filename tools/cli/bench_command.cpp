// `etllm bench`: tokens per second of prefill (pp) and decode (tg).

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "cli/bench_session.h"
#include "cli/bench_table.h"
#include "cli/commands.h"
#include "cli/terminal.h"

namespace etllm::cli {
namespace {

/// The same ones in every run; what they are does not change the speed.
std::vector<std::uint64_t> random_tokens(std::size_t count,
                                         std::int64_t vocabulary) {
  const auto bound =
      static_cast<std::uint64_t>(std::max<std::int64_t>(vocabulary, 1));
  std::mt19937_64 random(1);
  std::vector<std::uint64_t> tokens(count);
  for (auto& token : tokens) token = random() % bound;
  return tokens;
}

Status run_once(BenchSession& session, const BenchRow& row,
                const std::vector<std::uint64_t>& tokens) {
  const bool is_prefill = row.prompt_tokens > 0;
  return is_prefill ? session.prefill(tokens, row.depth)
                    : session.decode(tokens, row.depth);
}

/// Fills the context up to the depth, warms up as llama-bench does, with the
/// whole prompt or with one token, then runs the test `repetitions` times.
Status measure(BenchSession& session, int repetitions, BenchRow& row) {
  using Clock = std::chrono::steady_clock;
  const bool is_prefill = row.prompt_tokens > 0;
  const auto tokens = random_tokens(static_cast<std::size_t>(row.tokens()),
                                    session.info().vocabulary_size);
  Status status;
  if (row.depth > 0) {
    status = session.prefill(random_tokens(static_cast<std::size_t>(row.depth),
                                           session.info().vocabulary_size),
                             0);
    if (!status.ok()) return status;
  }
  status =
      run_once(session, row, is_prefill ? tokens : std::vector{tokens.front()});
  session.take_profile();
  for (int i = 0; status.ok() && i < repetitions; ++i) {
    const auto start = Clock::now();
    status = run_once(session, row, tokens);
    row.seconds.push_back(
        std::chrono::duration<double>(Clock::now() - start).count());
  }
  row.profile = session.take_profile();
  return status;
}

Result<std::vector<BenchRow>> requested_rows(const BenchOptions& options,
                                             std::int64_t context_tokens) {
  std::vector<BenchRow> rows;
  for (const int depth : options.depths) {
    for (const int tokens : options.prompt_tokens) {
      if (tokens > 0) rows.push_back({tokens, 0, depth, {}, {}});
    }
    for (const int tokens : options.generated_tokens) {
      if (tokens > 0) rows.push_back({0, tokens, depth, {}, {}});
    }
  }
  if (rows.empty()) {
    return invalid_argument("-p 0 and -n 0 leave nothing to measure");
  }
  for (const BenchRow& row : rows) {
    if (row.depth + row.tokens() <= context_tokens) continue;
    return invalid_argument(
        row.name() + " needs more than the " + std::to_string(context_tokens) +
        " tokens of context of " + options.engine.model +
        "; give a smaller number, or import it again with a larger -c");
  }
  return rows;
}

}  // namespace

int bench_command(const BenchOptions& options) {
  Result<BenchSession> session =
      BenchSession::open(options.engine, options.profile);
  if (!session.ok()) return fail(session.status().message());
  Result<std::vector<BenchRow>> rows =
      requested_rows(options, session->info().context_tokens);
  if (!rows.ok()) return fail(rows.status().message());

  BenchTable table(session->info(), options.output_format);
  for (BenchRow& row : *rows) {
    const Status status = measure(*session, options.repetitions, row);
    if (!status.ok()) return fail(row.name() + ": " + status.message());
    table.add(row);
  }
  table.finish();
  return 0;
}

}  // namespace etllm::cli
