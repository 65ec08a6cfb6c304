#pragma once

// The gated delta rule. The columns of a state do not depend on each other, so
// a few of them go through all tokens while they stay in the cache. Templated
// like multiply_quantized.h.

#include "kernels/dispatch/stock_tasks.h"

namespace etllm::kernels {

/// What is left beyond whole vectors.
template <class Isa>
struct SingleLane {
  static constexpr int kLanes = 1;
  using F = float;
  static F set1(float value) { return value; }
  static F load(const float* p) { return *p; }
  static void store(float* p, F value) { *p = value; }
  static F fma(F a, F b, F c) { return a * b + c; }
};

/// Fades the columns of the state and returns what they predict for `key`.
template <class Lane, int Vectors>
void fade_state(const DeltaRuleTask& task, std::size_t token,
                std::size_t column, typename Lane::F* predicted) {
  const float* key = task.keys + token * task.key_size;
  for (std::size_t k = 0; k < task.key_size; ++k) {
    const float decay = task.has_channel_decay
                            ? task.decays[token * task.key_size + k]
                            : task.decays[token];
    float* state = task.state + k * task.value_size + column;
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      const auto value =
          Lane::load(state + v * Lane::kLanes) * Lane::set1(decay);
      Lane::store(state + v * Lane::kLanes, value);
      predicted[v] = Lane::fma(value, Lane::set1(key[k]), predicted[v]);
    }
  }
}

template <class Lane, int Vectors>
void add_to_state(const DeltaRuleTask& task, std::size_t token,
                  std::size_t column, const typename Lane::F* delta) {
  const float* key = task.keys + token * task.key_size;
  for (std::size_t k = 0; k < task.key_size; ++k) {
    float* state = task.state + k * task.value_size + column;
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      float* at = state + v * Lane::kLanes;
      Lane::store(at, Lane::fma(delta[v], Lane::set1(key[k]), Lane::load(at)));
    }
  }
}

template <class Lane, int Vectors>
void read_state(const DeltaRuleTask& task, std::size_t row,
                std::size_t column) {
  const float* query = task.queries + row * task.key_size;
  typename Lane::F sum[Vectors] = {};
  for (std::size_t k = 0; k < task.key_size; ++k) {
    const float* state = task.state + k * task.value_size + column;
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) {
      sum[v] = Lane::fma(Lane::load(state + v * Lane::kLanes),
                         Lane::set1(query[k]), sum[v]);
    }
  }
  float* out = task.out + row * task.value_size + column;
  for (int v = 0; v < Vectors; ++v) Lane::store(out + v * Lane::kLanes, sum[v]);
}

/// All tokens, `Vectors` vectors of columns.
template <class Lane, int Vectors>
void run_columns(const DeltaRuleTask& task, std::size_t column) {
  for (std::size_t token = 0; token < task.tokens; ++token) {
    typename Lane::F delta[Vectors] = {};
    fade_state<Lane, Vectors>(task, token, column, delta);
    const float* values = task.values + token * task.value_size + column;
    for (int v = 0; v < Vectors; ++v) {
      delta[v] = (Lane::load(values + v * Lane::kLanes) - delta[v]) *
                 Lane::set1(task.betas[token]);
    }
    add_to_state<Lane, Vectors>(task, token, column, delta);
    for (std::size_t head = 0; head < task.heads; ++head) {
      read_state<Lane, Vectors>(task, head * task.tokens + token, column);
    }
  }
}

template <class Isa>
void delta_rule(const DeltaRuleTask& task) {
  const std::size_t end = task.first_column + task.columns;
  std::size_t column = task.first_column;
  for (; column + 4 * Isa::kLanes <= end; column += 4 * Isa::kLanes) {
    run_columns<Isa, 4>(task, column);
  }
  for (; column + Isa::kLanes <= end; column += Isa::kLanes) {
    run_columns<Isa, 1>(task, column);
  }
  for (; column < end; ++column) run_columns<SingleLane<Isa>, 1>(task, column);
}

}  // namespace etllm::kernels
