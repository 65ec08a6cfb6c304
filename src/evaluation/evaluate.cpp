#include "evaluation/evaluate.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>

#include "evaluation/token_score.h"
#include "kernels/threading/parallel.h"

namespace etllm::evaluation {
namespace {

using Tokens = std::span<const std::uint64_t>;

class Evaluation {
 public:
  explicit Evaluation(const EvaluationModels& models) : models_(models) {
    max_rows_ = models.model.max_rows();
    if (models.reference != nullptr) {
      max_rows_ = std::min(max_rows_, models.reference->max_rows());
    }
  }

  /// The scores of `window` from position `first` on.
  Status add_window(Tokens window, std::size_t first) {
    Status status = skip(window, first);
    const std::size_t end = window.size() - 1;
    for (std::size_t begin = first; status.ok() && begin < end;) {
      const std::size_t next = std::min(end, begin + max_rows_);
      status = add_positions(window, begin, next);
      begin = next;
    }
    return status;
  }

  EvaluationScores& scores() { return scores_; }

 private:
  Status skip(Tokens window, std::size_t end) {
    const Status status = models_.model.skip(window, 0, end);
    if (!status.ok() || models_.reference == nullptr) return status;
    return models_.reference->skip(window, 0, end);
  }

  Status add_positions(Tokens window, std::size_t begin, std::size_t end) {
    const auto rows = models_.model.run(window, begin, end);
    if (!rows.ok()) return rows.status();
    const Tokens next = window.subspan(begin + 1, end - begin);
    if (models_.reference == nullptr) {
      score(next, [&](std::size_t i) {
        return score_token(rows->row(i), static_cast<std::size_t>(next[i]));
      });
      return record();
    }
    const auto reference = models_.reference->run(window, begin, end);
    if (!reference.ok()) return reference.status();
    score(next, [&](std::size_t i) {
      return score_token(rows->row(i), reference->row(i),
                         static_cast<std::size_t>(next[i]));
    });
    return record();
  }

  /// Fills `batch_` on all threads: a row costs as much as a layer does.
  template <typename ScoreOf>
  void score(Tokens tokens, const ScoreOf& score_of) {
    batch_.resize(tokens.size());
    kernels::parallel_for(tokens.size(), 1,
                          [&](std::size_t begin, std::size_t end) {
                            for (std::size_t i = begin; i < end; ++i) {
                              batch_[i] = score_of(i);
                            }
                          });
  }

  /// In the text's order, so that the number of threads changes nothing.
  Status record() {
    for (const TokenScore& score : batch_) {
      if (!std::isfinite(score.loss) || !std::isfinite(score.reference_loss)) {
        return invalid_data(
            "a token of the text has no probability: its logits are not finite "
            "numbers; the weights may be broken");
      }
      scores_.losses.add(score.loss);
      if (models_.reference == nullptr) continue;
      scores_.reference_losses.add(score.reference_loss);
      scores_.loss_changes.add(score.loss - score.reference_loss);
      scores_.divergences.push_back(score.divergence);
      scores_.same_tops.add(score.has_same_top ? 1 : 0);
    }
    return {};
  }

  EvaluationModels models_;
  std::size_t max_rows_ = 1;
  std::vector<TokenScore> batch_;
  EvaluationScores scores_;
};

Status check_vocabulary(const EvaluationModels& models,
                        const EvaluationText& text) {
  const std::size_t vocabulary = models.model.vocabulary();
  if (models.reference != nullptr &&
      models.reference->vocabulary() != vocabulary) {
    return invalid_argument("the model gives " + std::to_string(vocabulary) +
                            " logits and the reference " +
                            std::to_string(models.reference->vocabulary()) +
                            "; compare models of one vocabulary");
  }
  for (const std::uint64_t token : text.tokens) {
    if (token < vocabulary) continue;
    return invalid_argument("the text has a token " + std::to_string(token) +
                            ", but the model gives " +
                            std::to_string(vocabulary) +
                            " logits; use the tokenizer that belongs to it");
  }
  return {};
}

}  // namespace

Result<EvaluationScores> evaluate(const EvaluationModels& models,
                                  const EvaluationText& text,
                                  const WindowPlan& plan,
                                  const WindowCallback& on_window) {
  const Status checked = check_vocabulary(models, text);
  if (!checked.ok()) return checked;
  Evaluation evaluation(models);
  for (std::size_t i = 0; i < plan.windows; ++i) {
    const auto begin = text.tokens.begin() +
                       static_cast<std::ptrdiff_t>(i * plan.window_tokens);
    std::vector<std::uint64_t> window(
        begin, begin + static_cast<std::ptrdiff_t>(plan.window_tokens));
    if (text.bos) window.front() = *text.bos;
    const Status status = evaluation.add_window(window, plan.first_scored());
    if (!status.ok()) return status;
    if (on_window) on_window(i + 1, evaluation.scores());
  }
  return std::move(evaluation.scores());
}

}  // namespace etllm::evaluation
