#include "cli/perplexity_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/terminal.h"

namespace etllm::cli {
namespace {

using evaluation::Estimate;
using evaluation::EvaluationScores;
using evaluation::exponential_of;
using evaluation::quantile;
using evaluation::RunningMean;

void print_percent(const char* title, const Estimate& share, const char* form) {
  std::printf(form, title, 100 * share.value, 100 * share.uncertainty);
}

void print_divergences(std::vector<double> divergences) {
  RunningMean mean;
  for (const double divergence : divergences) mean.add(divergence);
  std::ranges::sort(divergences);
  const auto [value, uncertainty] = mean.estimate();
  std::printf("KL divergence:  mean    %.6f +/- %.6f\n", value, uncertainty);
  std::printf("                median  %.6f\n", quantile(divergences, 0.5));
  std::printf("                99%%     %.6f\n", quantile(divergences, 0.99));
  std::printf("                maximum %.6f\n", divergences.back());
}

}  // namespace

WindowProgress::WindowProgress(std::size_t windows)
    : windows_(windows), start_(std::chrono::steady_clock::now()) {}

WindowProgress::~WindowProgress() {
  if (is_drawn_) std::fputc('\n', stderr);
}

void WindowProgress::update(std::size_t done, const EvaluationScores& scores) {
  const double perplexity = exponential_of(scores.losses.estimate()).value;
  is_drawn_ = true;
  if (!stderr_is_terminal()) {
    std::fprintf(stderr, "[%zu]%.4f,", done, perplexity);
  } else {
    const std::chrono::duration<double> elapsed =
        std::chrono::steady_clock::now() - start_;
    const double left = elapsed.count() / static_cast<double>(done) *
                        static_cast<double>(windows_ - done);
    // Behind the text, the rest of a longer line is erased.
    std::fprintf(stderr, "\r[%zu/%zu] PPL = %.4f, %s left\033[K", done,
                 windows_, perplexity, format_seconds(left).c_str());
  }
  std::fflush(stderr);
}

void print_scores(EvaluationScores scores) {
  const Estimate perplexity = exponential_of(scores.losses.estimate());
  std::printf("Final estimate: PPL = %.4f +/- %.5f\n", perplexity.value,
              perplexity.uncertainty);
  if (scores.divergences.empty()) return;
  const Estimate reference = exponential_of(scores.reference_losses.estimate());
  std::printf("Reference:      PPL = %.4f +/- %.5f\n", reference.value,
              reference.uncertainty);
  // The same tokens: their losses differ far less than they vary.
  const Estimate ratio = exponential_of(scores.loss_changes.estimate());
  print_percent("Change of PPL:", {ratio.value - 1, ratio.uncertainty},
                "%s  %+.3f%% +/- %.3f%%\n");
  print_divergences(std::move(scores.divergences));
  print_percent("Same top token:", scores.same_tops.estimate(),
                "%s %.2f%% +/- %.2f%%\n");
}

}  // namespace etllm::cli
