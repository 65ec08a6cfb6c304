#!/usr/bin/env python3
"""Compares perplexities with llama.cpp's on the same weights and tokens.

  bench/perplexity.py MODEL.gguf TEXT --llama BUILD/bin     # a table in Markdown

`BUILD/bin` has llama-quantize and llama-perplexity. The model is measured as it
is, and as Q8_0 and Q4_0 (embedding and output matrix Q8_0) that llama-quantize
makes of its F16 form; etllm imports the same files, and the F16 form with its
own --quant q8 and q4.
"""

import argparse
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
VOCABULARY_AT_8_BITS = ("--token-embedding-type", "q8_0", "--output-tensor-type",
                        "q8_0")
ESTIMATE = re.compile(r"Final estimate: PPL = ([\d.]+) \+/- ([\d.]+)")


def run(*command):
    """What the command says on both streams; ends the script when it fails."""
    result = subprocess.run([str(part) for part in command], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            check=False)
    if result.returncode != 0:
        raise SystemExit(f"{command[0]} failed:\n{result.stdout[-2000:]}")
    return result.stdout


def estimate(*command):
    """Perplexity and its uncertainty."""
    found = ESTIMATE.search(run(*command))
    if found is None:
        raise SystemExit(f"{command[0]} gives no estimate")
    return float(found[1]), float(found[2])


class Comparison:
    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.windows = ["-f", options.text, "-c", options.ctx_size, "--chunks",
                        options.chunks, "-t", options.threads]

    def quantize(self, source, name, *options):
        target = self.work / f"{name.lower()}.gguf"
        run(self.options.llama / "llama-quantize", *options, source, target, name)
        return target

    def llama(self, model):
        return estimate(self.options.llama / "llama-perplexity", "-m", model,
                        *self.windows)

    def etllm(self, model, quant):
        target = self.work / "model.pte"
        run(self.options.etllm, "import", model, "-o", target, "--quant", quant)
        return estimate(self.options.etllm, "perplexity", "-m", target,
                        "--kernels", self.options.kernels, *self.windows)

    def print_row(self, name, theirs, ours):
        change = 100 * (ours[0] / theirs[0] - 1)
        print(f"| {name} | {theirs[0]:.4f} | {ours[0]:.4f} | {change:+.2f}% "
              f"| {ours[1]:.2f} |", flush=True)

    def print_table(self):
        model = self.options.gguf
        f16 = self.quantize(model, "F16", "--allow-requantize")
        q8 = self.quantize(f16, "Q8_0")
        q4 = self.quantize(f16, "Q4_0", *VOCABULARY_AT_8_BITS)
        print("| weights | llama.cpp | etllm | difference | +/- of each |")
        print("| --- | --- | --- | --- | --- |")
        self.print_row("the file as it is", self.llama(model),
                       self.etllm(model, "keep"))
        for name, file, quant in (("Q8_0", q8, "q8"), ("Q4_0", q4, "q4")):
            theirs = self.llama(file)
            self.print_row(f"{name}, kept", theirs, self.etllm(file, "keep"))
            self.print_row(f"{name}, and `--quant {quant}` of F16", theirs,
                           self.etllm(f16, quant))


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gguf", type=pathlib.Path)
    parser.add_argument("text", type=pathlib.Path)
    parser.add_argument("--llama", type=pathlib.Path, required=True,
                        help="the folder of llama-perplexity and llama-quantize")
    parser.add_argument("--etllm", type=pathlib.Path,
                        default=ROOT / "build/release/tools/etllm")
    parser.add_argument("--kernels", default="auto")
    parser.add_argument("-c", "--ctx-size", type=int, default=512)
    parser.add_argument("--chunks", type=int, default=40)
    parser.add_argument("-t", "--threads", type=int, default=2)
    return parser.parse_args()


def main():
    options = parse_options()
    with tempfile.TemporaryDirectory() as work:
        Comparison(options, pathlib.Path(work)).print_table()


if __name__ == "__main__":
    main()
