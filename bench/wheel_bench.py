#!/usr/bin/env python3
"""Times ExecuTorch's own runner as `etllm bench -o json` times ours, one run of
each test. Needs the `executorch` wheel and torch.

Usage: bench/wheel_bench.py MODEL.pte TOKENIZER PROMPTS GENERATED
"""

import json
import os
import sys
import time

import executorch.kernels.quantized  # noqa: F401  (registers operators)
from executorch.extension.llm.custom_ops import custom_ops  # noqa: F401
from executorch.extension.llm.runner import GenerationConfig, TextLLMRunner


def run(runner, prompt, new_tokens):
    """Seconds until each token of the answer, and the prompt's tokens."""
    stats = []
    times = []
    runner.reset()
    start = time.perf_counter()
    runner.generate(
        prompt,
        GenerationConfig(echo=False, max_new_tokens=new_tokens,
                         temperature=0.0),
        lambda _: times.append(time.perf_counter() - start), stats.append)
    return times, stats[0].num_prompt_tokens


def main():
    # The runner prints statistics to stdout.
    answer = os.dup(1)
    os.dup2(2, 1)
    model, tokenizer, prompts, generated = sys.argv[1:]
    runner = TextLLMRunner(model, tokenizer)
    rows = []
    for tokens in map(int, prompts.split(",")):
        # One word, one token; the tokenizer may add a BOS.
        prompt = " the" * tokens
        extra = run(runner, prompt, 2)[1] - tokens
        prompt = " the" * (tokens - extra)
        times, count = run(runner, prompt, 2)
        assert count == tokens, count
        rows.append({"n_prompt": tokens, "n_gen": 0,
                     "avg_ts": tokens / times[0]})
    for tokens in map(int, generated.split(",")):
        # An answer may end early.
        times, _ = run(runner, "Once upon a time", tokens + 1)
        rows.append({"n_prompt": 0, "n_gen": tokens,
                     "avg_ts": (len(times) - 1) / (times[-1] - times[0])})
    with os.fdopen(answer, "w") as file:
        json.dump(rows, file)


if __name__ == "__main__":
    main()
