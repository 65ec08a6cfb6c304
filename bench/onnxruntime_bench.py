#!/usr/bin/env python3
"""Times ONNX Runtime GenAI as `etllm bench -o json` times ours, one run of each
test. Needs onnxruntime-genai.

Usage: bench/onnxruntime_bench.py FOLDER THREADS PROMPTS GENERATED DEPTHS
"""

import json
import sys
import time

import onnxruntime_genai
from python_bench import run_tests


class OnnxRuntime:
    def __init__(self, folder, threads):
        config = onnxruntime_genai.Config(folder)
        session = {"intra_op_num_threads": threads}
        config.overlay(json.dumps(
            {"model": {"decoder": {"session_options": session}}}))
        self.model = onnxruntime_genai.Model(config)

    def generate(self, prompt, new_tokens):
        """Seconds to the first token, and for each of the others."""
        length = len(prompt) + new_tokens
        params = onnxruntime_genai.GeneratorParams(self.model)
        params.set_search_options(
            max_length=length, min_length=length, do_sample=False)
        start = time.perf_counter()
        generator = onnxruntime_genai.Generator(self.model, params)
        generator.append_tokens(prompt.astype("int32"))
        generator.generate_next_token()
        first = time.perf_counter()
        for _ in range(new_tokens - 1):
            generator.generate_next_token()
        last = time.perf_counter()
        return first - start, (last - first) / max(new_tokens - 1, 1)


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    run_tests(OnnxRuntime, *sys.argv[1:])
