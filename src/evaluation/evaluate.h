#pragma once

// How well a model foretells a text: the perplexity, and with a reference the
// divergence of its distributions from those of another model.
//
//   const auto plan = plan_windows(tokens.size(), 512, std::nullopt);
//   const auto scores = evaluate({.model = model}, text, *plan);
//   const Estimate perplexity = exponential_of(scores->losses.estimate());

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/status.h"
#include "evaluation/logits_source.h"
#include "evaluation/statistics.h"
#include "evaluation/window_plan.h"

namespace etllm::evaluation {

/// What is read.
struct EvaluationText {
  std::vector<std::uint64_t> tokens;
  /// The token that takes the place of the first one of each window, for
  /// models whose sequences begin with one.
  std::optional<std::uint64_t> bos;
};

/// Who reads it. Borrows both.
struct EvaluationModels {
  LogitsSource& model;
  LogitsSource* reference = nullptr;  ///< May be null.
};

/// What was found. Without a reference only `losses` has entries.
struct EvaluationScores {
  RunningMean losses;
  RunningMean reference_losses;
  /// Of each token: its loss less that of the reference.
  RunningMean loss_changes;
  /// KL(reference || model) of each token, in the text's order.
  std::vector<double> divergences;
  /// 1 where both find the same token likeliest, else 0.
  RunningMean same_tops;
};

/// Hears what is known after each window.
using WindowCallback =
    std::function<void(std::size_t done_windows, const EvaluationScores&)>;

/// `plan` is one for the number of tokens in `text`. Fails as the sources do;
/// with kInvalidArgument when they have different numbers of logits or none
/// for a token of the text, with kInvalidData when a loss is no finite number.
Result<EvaluationScores> evaluate(const EvaluationModels& models,
                                  const EvaluationText& text,
                                  const WindowPlan& plan,
                                  const WindowCallback& on_window = {});

}  // namespace etllm::evaluation
