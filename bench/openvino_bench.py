#!/usr/bin/env python3
"""Times OpenVINO GenAI as `etllm bench -o json` times ours, one run of each
test. Needs openvino-genai.

Usage: bench/openvino_bench.py FOLDER THREADS PROMPTS GENERATED DEPTHS
"""

import sys

import openvino
import openvino_genai
from python_bench import run_tests

PROMPT_TOKENS_AT_ONCE = 8192


class OpenVino:
    def __init__(self, folder, threads):
        # The paged pipeline is the faster one; as it comes, it keeps the
        # prefixes of earlier prompts.
        scheduler = openvino_genai.SchedulerConfig()
        scheduler.enable_prefix_caching = False
        scheduler.max_num_batched_tokens = PROMPT_TOKENS_AT_ONCE
        self.pipeline = openvino_genai.LLMPipeline(
            folder, "CPU", scheduler_config=scheduler, ATTENTION_BACKEND="PA",
            INFERENCE_NUM_THREADS=threads)

    def generate(self, prompt, new_tokens):
        """Seconds to the first token, and for each of the others."""
        config = openvino_genai.GenerationConfig(
            max_new_tokens=new_tokens, ignore_eos=True, do_sample=False)
        ids = prompt.reshape(1, -1)
        inputs = openvino_genai.TokenizedInputs(
            openvino.Tensor(ids), openvino.Tensor(ids * 0 + 1))
        metrics = self.pipeline.generate(inputs, config).perf_metrics
        return metrics.get_ttft().mean / 1e3, metrics.get_tpot().mean / 1e3


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    run_tests(OpenVino, *sys.argv[1:])
