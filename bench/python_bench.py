"""What the benchmarks of runners with a Python interface share: their tests, as
`etllm bench -o json` prints them, with time to load and to a first token."""

import json
import os
import time

import numpy

FIRST_TOKEN_PROMPT = 16
# Every model has that many tokens.
VOCABULARY = 32000


class Tests:
    def __init__(self, runner):
        self.runner = runner
        self.random = numpy.random.default_rng()

    def prompt(self, tokens):
        """Other tokens each time, so that no cache of prefixes knows them."""
        return self.random.integers(0, VOCABULARY, tokens, numpy.int64)

    def prefill_seconds(self, tokens):
        return self.runner.generate(self.prompt(tokens), 1)[0]

    def decode_seconds(self, tokens, depth):
        return self.runner.generate(self.prompt(max(depth, 1)), tokens + 1)[1]

    def rows(self, prompts, generated, depths):
        for tokens in prompts:
            self.prefill_seconds(tokens)
            seconds = self.prefill_seconds(tokens)
            yield {"n_prompt": tokens, "n_gen": 0, "avg_ts": tokens / seconds}
        for depth in depths:
            for tokens in generated:
                self.decode_seconds(2, depth)
                yield {"n_prompt": 0, "n_gen": tokens, "n_depth": depth,
                       "avg_ts": 1 / self.decode_seconds(tokens, depth)}


def numbers(text):
    return [int(number) for number in text.split(",") if int(number)]


def run_tests(make_runner, folder, threads, prompts, generated, depths):
    # Libraries print to stdout too.
    answer = os.dup(1)
    os.dup2(2, 1)
    start = time.perf_counter()
    tests = Tests(make_runner(folder, int(threads)))
    load = time.perf_counter() - start
    first_token = tests.prefill_seconds(FIRST_TOKEN_PROMPT)
    rows = [{"what": "load, ms", "value": 1e3 * load},
            {"what": "first token, ms", "value": 1e3 * first_token},
            *tests.rows(numbers(prompts), numbers(generated),
                        [int(depth) for depth in depths.split(",")])]
    with os.fdopen(answer, "w") as file:
        json.dump(rows, file)
